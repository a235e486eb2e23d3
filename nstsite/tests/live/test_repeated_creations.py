"""A thousand creations with a hundred keys from eight threads make a hundred jobs, on either kind of database."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from nstsite.tests.conftest import MAKE_USERS
from nstsite.tests.live.drawing import photo
from nstsite.tests.live.live_site import OPENER, LiveSite
from nstsite.tests.live.program import Program

THREADS, KEYS, TIMES = 8, 100, 10
ROOM = {
    "EASEL_MAX_QUEUED_PER_USER": "1000",
    "EASEL_API_CREATES_PER_MINUTE": "100000",
    "EASEL_API_REQUESTS_PER_MINUTE": "100000",
}


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def site(request: pytest.FixtureRequest, new_site: Callable[..., LiveSite]) -> LiveSite:
    if request.param == "SQLite":
        site = new_site(**ROOM)
    else:
        site = new_site(**ROOM, DATABASE_URL=request.getfixturevalue("postgresql"))
        site.run("bin/prepare.py", "--unmeasured")
        site.run("manage.py", "shell", "--no-imports", "-c", MAKE_USERS)
    site.start_web()
    return site


class Sender:
    """Sends one creation again and again, as a program does whose answers get lost."""

    def __init__(self, site: LiveSite, token: dict[str, str], style: str) -> None:
        self._address = f"{site.url}/api/v1/stylizations/"
        file = SimpleUploadedFile("photo.jpg", photo(64, 48), "image/jpeg")
        self._body = encode_multipart(BOUNDARY, {"photo": file, "style": style, "size": "64"})
        self._headers = token | {"Content-Type": MULTIPART_CONTENT}
        self._start = threading.Barrier(THREADS)

    def send_all(self, keys: list[str]) -> list[tuple[str, bool, str]]:
        """Return of each key whether its answer was a repeated one, and the answer."""
        self._start.wait()
        return [(key, *self._send(key)) for key in keys]

    def _send(self, key: str) -> tuple[bool, str]:
        headers = self._headers | {"Idempotency-Key": key}
        while True:
            try:
                with OPENER.open(urllib.request.Request(self._address, self._body, headers), timeout=120) as answer:
                    assert answer.status == 202
                    return answer.headers["Idempotency-Replayed"] == "true", answer.read().decode()
            except urllib.error.HTTPError as error:  # the first is still in work, on a machine that may be busy
                if json.load(error)["error"]["code"] != "idempotency_in_progress":
                    raise
                time.sleep(int(error.headers["Retry-After"]))


def test_each_key_makes_one_job(site: LiveSite, program: Callable[[LiveSite, str], Program]) -> None:
    alice = program(site, "alice")
    sender = Sender(site, alice.headers, alice.styles()[0])
    # In this order, so that all threads come with the same key at the same moment.
    keys = [f"key-{number}" for number in range(KEYS) for _ in range(TIMES)]
    with ThreadPoolExecutor(THREADS) as threads:
        shares = threads.map(sender.send_all, [keys[number::THREADS] for number in range(THREADS)])
        answers = [answer for share in shares for answer in share]

    assert len(answers) == KEYS * TIMES
    assert Counter(repeated for _, repeated, _ in answers) == {False: KEYS, True: KEYS * (TIMES - 1)}
    told = defaultdict(set)
    for key, _, answer in answers:
        told[key].add(answer)
    assert {len(different) for different in told.values()} == {1}, "a key always gives the same answer"
    made = {json.loads(answer)["id"] for different in told.values() for answer in different}
    listed = json.loads(alice.get("/api/v1/stylizations/?page_size=200"))
    assert {job["id"] for job in listed["results"]} == made
    assert (len(made), listed["next"]) == (KEYS, None)
