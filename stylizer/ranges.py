"""Parts of a file: ``Range`` and ``If-Range`` as RFC 9110 has them, one range at a time."""

from __future__ import annotations

import re
from typing import BinaryIO, NamedTuple

from django.http import HttpRequest

_ONE = re.compile(r"bytes=[ \t]*(\d*)-(\d*)[ \t]*", re.ASCII | re.IGNORECASE)
_LONGEST_NUMBER = 18


class Part(NamedTuple):
    """Bytes ``start`` to ``end``, the latter not included."""

    start: int
    end: int


class NotSatisfiable(Exception):
    """A range that begins behind the end of the file."""


def wanted_part(request: HttpRequest, size: int, etag: str) -> Part | None:
    """Return the part that is asked for; ``None`` for the whole file.

    What is no range, or several, is answered with the whole file, as the RFC allows; so is a part of a file that has
    changed since (``If-Range``).

    Args:
        request: with its headers.
        size: of the file, bytes.
        etag: of the file, quoted and strong.

    Raises:
        NotSatisfiable: there are no such bytes.
    """
    match = _ONE.fullmatch(request.headers.get("Range", ""))
    if request.method != "GET" or match is None:
        return None
    first, last = match.groups()
    if max(len(first), len(last)) > _LONGEST_NUMBER or not (first or last):
        return None
    # A date never matches: there is no Last-Modified to compare it with.
    if request.headers.get("If-Range", etag) != etag:
        return None
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return None
    if start >= size or start >= end:
        raise NotSatisfiable
    return Part(start, end)


class Slice:
    """A part of an open file, as a file: closing it closes the file."""

    def __init__(self, file: BinaryIO, part: Part) -> None:
        file.seek(part.start)
        self._file, self._left = file, part.end - part.start

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most ``size``."""
        content = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(content)
        return content

    def close(self) -> None:
        """Close the file."""
        self._file.close()
