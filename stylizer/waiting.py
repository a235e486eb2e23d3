"""Waiting for jobs within a request, and how many requests may do so at a time.

A request that waits holds one of the web process's few threads. Whoever finds no place is told so, and is not kept.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Collection
from types import TracebackType

from django.conf import settings
from django.db import connection

from stylizer.models import Stylization

_SHORT, _LONG = 0.015, 0.2
"""Seconds between two looks: at first, where most small paintings are done, and after some seconds."""
_SOON = 2.0
"""Seconds that are taken for the first."""


def wait_for(jobs: Collection[Stylization], seconds: float) -> bool:
    """Wait until all of ``jobs`` have ended, but not longer than ``seconds``; return whether they have."""
    active = Stylization.objects.active().filter(pk__in=[job.pk for job in jobs])
    start = time.monotonic()
    while active.exists():
        waited = time.monotonic() - start
        if waited >= seconds:
            return False
        pause = _SHORT if waited < _SOON else _LONG
        release_connection(pause)
        time.sleep(min(pause, seconds - waited))
    return True


def release_connection(pause: float) -> None:
    """Give the database its connection back where the next question is some time away."""
    # Opening one takes some milliseconds, so that it is kept for a shorter while.
    if pause >= _LONG and not connection.in_atomic_block:
        connection.close()


class Places:
    """So many requests of this process at a time, and so many of one person; further ones find no place."""

    def __init__(self, total: Callable[[], int], per_person: Callable[[], int] | None = None) -> None:
        self._total, self._per_person = total, per_person
        self._lock = threading.Lock()
        self._taken: Counter[object] = Counter()

    def take(self, person: object) -> Place | None:
        """Return a place to be given back, or ``None`` when there is none left."""
        with self._lock:
            if self._taken.total() >= self._total():
                return None
            if self._per_person is not None and self._taken[person] >= self._per_person():
                return None
            self._taken[person] += 1
        return Place(self, person)

    def has_room_for_others(self) -> bool:
        """Whether it is one person's share that is used up, and not all places."""
        with self._lock:
            return self._taken.total() < self._total()

    def _give_back(self, person: object) -> None:
        with self._lock:
            self._taken[person] -= 1
            self._taken += Counter()  # forgets whoever holds none


class Place:
    """A place that was taken; a context manager, or given back by hand, once."""

    def __init__(self, places: Places, person: object) -> None:
        self._places: Places | None = places
        self._person = person

    def give_back(self) -> None:
        """Let somebody else have it; a second time does nothing."""
        places, self._places = self._places, None
        if places is not None:
            places._give_back(self._person)

    def __enter__(self) -> Place:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.give_back()


WAITERS = Places(lambda: settings.EASEL_WAITING_REQUESTS)
"""Requests that wait because of ``Prefer: wait``."""
STREAMS = Places(lambda: settings.EASEL_EVENT_STREAMS, lambda: settings.EASEL_EVENT_STREAMS_PER_USER)
"""Streams of events."""
