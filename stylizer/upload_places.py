"""How many uploads a web process takes in at a time.

A photo holds a thread while it arrives and tens to hundreds of megabytes while it is decoded. Whoever finds no place is
told so at once and may come again: waiting here would take the threads that everybody's pages need.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

from django.conf import settings

from stylizer.places import Place, Places
from stylizer.rejections import Rejected

UPLOADS = Places(lambda: settings.EASEL_UPLOADS_AT_ONCE)
"""Requests whose uploads arrive, are decoded or stored."""
LEFTOVERS = Places(lambda: 1)
"""Refused requests whose uploads are still read, so that their senders hear why."""
_held: ContextVar[Place | None] = ContextVar("upload_place", default=None)


@contextlib.contextmanager
def upload_place() -> Iterator[None]:
    """Hold a place while a request with an upload is answered, or until it only waits: :func:`leave_upload_place`.

    Raises:
        Rejected: there is none left.
    """
    place = UPLOADS.take(None)
    if place is None:
        raise Rejected(
            "too_many_uploads",
            "Too many photos are arriving at this moment, so this one was not taken. Send it again in a few seconds.",
            status=503,
            retry_after=2,
        )
    token = _held.set(place)
    try:
        with place:
            yield
    finally:
        _held.reset(token)


def leave_upload_place() -> None:
    """Let another upload in: what this request still does is waiting."""
    place = _held.get()
    if place is not None:
        place.give_back()
