"""Places that requests of this process take: each holds one of its few threads, or much of its memory.

Whoever finds no place is told so, and is not kept.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from types import TracebackType


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
