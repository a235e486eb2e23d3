"""Threads and memory that all native engines of a process share: a worker holds many styles and paints one photo."""

from __future__ import annotations

import functools
import threading
from types import TracebackType

from mlcore.engines.aligned_arrays import aligned_empty
from mlcore.engines.native_weights import Floats
from mlcore.engines.thread_team import ThreadTeam

_KEPT_BYTES = 256 * 2**20
"""Kept for the next photo, which spares the system clearing it again; enough for 1.1 megapixels."""


class Workshop:
    """Use it as a context manager: one painting at a time."""

    def __init__(self, threads: int) -> None:
        self.team = ThreadTeam(threads)
        self._maps: dict[str, Floats] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Workshop:
        self._lock.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if sum(array.nbytes for array in self._maps.values()) > _KEPT_BYTES:
            self._maps.clear()
        self._lock.release()

    def map(self, name: str, height: int, width: int, channels: int) -> Floats:
        """Return the array of this name, (height, width, channels): the same one until another size is asked for.

        Raises:
            MemoryError: there is not enough.
        """
        shape = (height, width, channels)
        if name not in self._maps or self._maps[name].shape != shape:
            self._maps.pop(name, None)  # before the new one is made
            self._maps[name] = aligned_empty(shape)
        return self._maps[name]


@functools.lru_cache(maxsize=4)
def shared_workshop(threads: int) -> Workshop:
    """Return this process's workshop for so many threads."""
    return Workshop(threads)
