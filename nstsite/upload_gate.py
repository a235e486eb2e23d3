"""Lets only so many uploads in at a time, before a byte of them is read; the others are answered 503 at once."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

from django.http import HttpRequest, HttpResponseBase

from nstsite.early_answers import refuse
from stylizer.rejections import Rejected
from stylizer.upload_places import LEFTOVERS, upload_place

SMALL_BYTES = 64 * 1024
"""What a form without photos has at most; such are read in a moment."""
SILENCE_SECONDS = 30
"""After which a sender that has stopped sending is given up."""
_LEFTOVER_SECONDS = 3


class UploadGateMiddleware:
    """Stands behind the middleware that adds headers, and before anything that reads the body."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer in a place of the uploads', or say that there is none."""
        if not _carries_upload(request):
            return self.get_response(request)
        try:
            with upload_place(), _impatient(request, SILENCE_SECONDS):
                return self.get_response(request)
        except Rejected as refusal:
            _read_leftovers(request)
            return refuse(request, refusal, "503.html")


def _carries_upload(request: HttpRequest) -> bool:
    if request.method in ("GET", "HEAD", "OPTIONS", "TRACE"):
        return False
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0) > SMALL_BYTES
    except ValueError:
        return False  # Django takes such a body for an empty one


@contextlib.contextmanager
def _impatient(request: HttpRequest, seconds: float) -> Iterator[None]:
    """Give the sender up after so many seconds of silence, where the server lets its socket be reached."""
    socket = request.META.get("gunicorn.socket")
    if socket is None:
        yield
        return
    before = socket.gettimeout()
    socket.settimeout(seconds)
    try:
        yield
    finally:
        socket.settimeout(before)


def _read_leftovers(request: HttpRequest) -> None:
    """Read what the sender goes on sending, for a moment: browsers that are cut off show no answer."""
    place = LEFTOVERS.take(None)
    if place is None:
        return
    end = time.monotonic() + _LEFTOVER_SECONDS
    with place, contextlib.suppress(OSError), _impatient(request, _LEFTOVER_SECONDS):
        while time.monotonic() < end and request.read(SMALL_BYTES):
            pass
