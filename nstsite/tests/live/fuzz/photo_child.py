"""Uploads damaged photos as a browser does and reads those that are taken as a worker does; a process of its own.

A line of JSON for each: what it is before it is tried, and what became of it.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

import django

from nstsite.tests.live.fuzz.mutations import damaged
from nstsite.tests.live.fuzz.originals import PHOTO_KINDS, read_originals

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: E402
from django.test import Client  # noqa: E402

from mlcore.errors import ImageError  # noqa: E402
from mlcore.photo_file import read_photo  # noqa: E402
from stylizer.models import Photo  # noqa: E402


def outcome(client: Client, content: bytes) -> dict[str, str]:
    """Return what became of an upload: its code, or a problem."""
    answer = client.post("/photos/", {"photo": SimpleUploadedFile("photo", content)})
    if answer.status_code == 201:
        photo = Photo.objects.get(pk=answer.json()["id"])
        try:
            with photo.file.open("rb") as file:
                read_photo(file.file, longest_side=512)
        except ImageError:
            code = "taken, refused by the worker"
        else:
            code = "taken"
        removed = client.post(answer.json()["remove_url"])
        return {"code": code} if removed.status_code == 204 else {"problem": f"not removed: {removed.status_code}"}
    if answer.status_code != 400:
        return {"problem": f"answered with {answer.status_code}"}
    error = answer.json()["error"]
    is_sentence = 20 < len(error["detail"]) < 300 and error["detail"].endswith(".") and error["detail"].isprintable()
    return {"code": error["code"]} if is_sentence else {"problem": f"no sentence: {error['detail']!r}"}


def tell(what: dict[str, object]) -> None:
    """Write a line for whoever watches."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def memory_mb(what: str) -> int:
    """Return what /proc tells: VmRSS for now, VmHWM for the most."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) // 1024
    raise ValueError(what)


def left_behind() -> list[str]:
    """Return the files that are there though nothing is."""
    folders = (Path(settings.MEDIA_ROOT) / "photos", Path(tempfile.gettempdir()))
    return [str(path) for folder in folders for path in folder.rglob("*") if path.is_file()]


def main(originals: Path, seed: str, first: int, count: int) -> None:
    """Try so many."""
    client = Client(raise_request_exception=False, headers={"host": "127.0.0.1"})
    client.force_login(User.objects.get(username="alice"))
    files = read_originals(originals)
    for number in range(first, first + count):
        tell({"case": number})
        content = damaged(PHOTO_KINDS, files, seed, number)
        start = time.process_time()
        told: dict[str, object] = {**outcome(client, content)}
        seconds = time.process_time() - start
        if left := left_behind():
            told = {"problem": f"left behind: {left}"}
        told |= {"seconds": seconds, "mb": memory_mb("VmRSS"), "peak_mb": memory_mb("VmHWM")}
        told |= {"open": len(os.listdir("/proc/self/fd"))}
        tell(told)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
