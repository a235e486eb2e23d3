"""Threads and memory that all native engines of a process share: a worker holds many styles and paints one photo."""

from __future__ import annotations

import functools
import threading
from types import TracebackType

import numpy as np

from mlcore.engines.aligned_arrays import aligned_empty
from mlcore.engines.native_weights import Kept
from mlcore.engines.thread_team import ThreadTeam

ROW_GAP = 32
"""Numbers between rows: rows that lie whole pages apart would fight for the same lines of the processor's cache."""

_KEPT_BYTES = 256 * 2**20
"""Kept for the next photo, which spares the system clearing it again; enough for 2.2 megapixels."""


class Workshop:
    """Use it as a context manager: one painting at a time.

    Args:
        threads: that work here.
        kind: of the numbers in maps.
    """

    def __init__(self, threads: int, kind: np.dtype[np.floating]) -> None:
        self._kind = kind
        self.team = ThreadTeam(threads)
        self._memory: dict[str, Kept] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Workshop:
        self._lock.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if sum(array.nbytes for array in self._memory.values()) > _KEPT_BYTES:
            self._memory.clear()
        self._lock.release()

    def map(self, name: str, height: int, width: int, channels: int) -> Kept:
        """Return the array of this name, (height, width, channels): the same one until another size is asked for.

        Raises:
            MemoryError: there is not enough.
        """
        return self.maps(name, 1, height, width, channels)[0]

    def maps(self, name: str, count: int, height: int, width: int, channels: int) -> list[Kept]:
        """Return ``count`` arrays that lie in the memory of that name one after another; see :meth:`map`."""
        row = width * channels + ROW_GAP
        size = count * height * row
        if name not in self._memory or self._memory[name].size != size:
            self._memory.pop(name, None)  # before the new one is made
            self._memory[name] = aligned_empty((size,), self._kind)
        rows = self._memory[name].reshape(count, height, row)
        return [one[:, : width * channels].reshape(height, width, channels) for one in rows]


@functools.lru_cache(maxsize=4)
def shared_workshop(threads: int, kind: np.dtype[np.floating]) -> Workshop:
    """Return this process's workshop for so many threads and such numbers."""
    return Workshop(threads, kind)
