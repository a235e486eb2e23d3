"""Server-sent events: what becomes of a job or a batch, told as it happens.

A stream tells what is so now and what changes, ends with the last event, and ends without it after two minutes at the
most, so that no thread is held for ever; the reader comes again by itself and says with ``Last-Event-ID`` what it has.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from stylizer.places import Place
from stylizer.rejections import Rejected
from stylizer.signed_in import signed_in
from stylizer.waiting import STREAMS, release_connection

LOOK_EVERY = 0.3
"""Seconds."""
HEARTBEAT_EVERY = 10.0
"""Seconds after which a comment says that the stream lives; proxies close what is silent for long."""
LAST = "-end"
"""How the id of a last event ends."""
COME_AGAIN_AFTER = 1000
"""Milliseconds that a reader waits before it comes again."""


@dataclass(frozen=True)
class Event:
    """What is so now: ``id`` changes when it does, and nothing comes after a last one."""

    id: str
    name: str
    data: Any
    is_last: bool = False

    def __str__(self) -> str:
        text = JSONRenderer().render(self.data).decode()
        return f"id: {self.id}\nevent: {self.name}\ndata: {text}\n\n"


def stream(request: Request, look: Callable[[str], Event | None]) -> HttpResponseBase:
    """Return the stream of what ``look`` sees.

    A reader who has the last event already gets 204, which tells it not to come again.

    Args:
        request: of whoever has been checked already.
        look: called with the id of the latest event that the reader has; returns the event of what is so now, or
            ``None`` when that is the same, or when there is nothing left to look at.

    Raises:
        Rejected: there are too many streams, of this person (429) or of all (503).
    """
    known = request.headers.get("Last-Event-ID", "")
    if known.endswith(LAST) and look("") is not None and look(known) is None:
        return HttpResponse(status=204)
    place = STREAMS.take(signed_in(request).pk)
    if place is None:
        advice = "Close one, or ask for the job itself now and then."
        if STREAMS.has_room_for_others():
            raise Rejected("too_many_streams", f"You have too many streams open. {advice}", status=429, retry_after=5)
        raise Rejected("too_many_streams", f"Too many people follow jobs just now. {advice}", status=503)
    response = StreamingHttpResponse(Stream(place, look, known), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"  # nginx would collect the events
    return response


class Stream:
    """The text of a stream. Closing it, which Django does at the end and when the reader is gone, frees its place."""

    def __init__(self, place: Place, look: Callable[[str], Event | None], known: str) -> None:
        self._place, self._text = place, _text(look, known)

    def __iter__(self) -> Iterator[str]:
        return self._text

    def close(self) -> None:
        """Give the place to another stream."""
        self._place.give_back()


def _text(look: Callable[[str], Event | None], known: str) -> Iterator[str]:
    yield f"retry: {COME_AGAIN_AFTER}\n\n"
    end = time.monotonic() + settings.EASEL_EVENT_SECONDS
    spoke = time.monotonic()
    while True:
        event = look(known)
        release_connection(LOOK_EVERY)
        if event is not None:
            known, spoke = event.id, time.monotonic()
            yield str(event)
            if event.is_last:
                return
        now = time.monotonic()
        if now >= end:
            return
        if now - spoke >= HEARTBEAT_EVERY:
            spoke = now
            yield ": still here\n\n"
        time.sleep(min(LOOK_EVERY, end - now))


def event_id(*facts: object) -> str:
    """Return an id from what changes."""
    return "-".join(map(str, facts))
