"""Reading stored files, from a folder or from a bucket, whole or in part; or telling the reader where they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.models.fields.files import FieldFile
from django.http import HttpResponseRedirect
from django.utils.http import content_disposition_header

from stylizer.ranges import Part, Slice

_PIECE = 64 * 1024


def open_stored(file: FieldFile, start: int = 0, end: int | None = None) -> Any:
    """Return a stream of the file's bytes from ``start`` up to ``end``, which is not included; closing it closes all.

    Raises:
        FileNotFoundError: there is no such file.
    """
    storage, name = file.storage, str(file.name)
    # A bucket answers with the part alone, as it comes; django-storages would fetch the whole file first.
    if hasattr(storage, "open_part"):
        return storage.open_part(name, start, end)
    opened: Any = storage.open(name, "rb")
    return opened if (start, end) == (0, None) else Slice(opened, Part(start, end or file.size))


def pieces_of(file: FieldFile) -> Iterator[bytes]:
    """Yield the file's content; it is opened when the first piece is asked for."""
    with open_stored(file) as opened:
        while piece := opened.read(_PIECE):
            yield piece


def sent_to_the_store(file: FieldFile, content_type: str, download_as: str = "") -> HttpResponseRedirect | None:
    """Return a redirect to the file in the bucket, good for ``EASEL_PRESIGNED_SECONDS``; ``None`` to send it from here.

    Whoever is asked for has been checked by the caller; within its time the address works for everybody who has it.
    """
    seconds: int = settings.EASEL_PRESIGNED_SECONDS
    if not seconds or not hasattr(file.storage, "presigned_address"):
        return None
    headers = {
        "Content-Type": content_type,
        "Content-Disposition": content_disposition_header(bool(download_as), download_as) or "inline",
        "Cache-Control": f"private, max-age={seconds}",
    }
    response = HttpResponseRedirect(file.storage.presigned_address(str(file.name), seconds, headers))
    # Kept for half its life, so that a page that is opened again asks neither here nor there.
    response["Cache-Control"] = f"private, max-age={seconds // 2}"
    return response
