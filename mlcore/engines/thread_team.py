"""Spreading one layer's pieces over threads that call compiled code, which lets other threads run meanwhile."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from mlcore.engines.aligned_arrays import aligned_empty

Work = Callable[[ctypes.c_int64, int, int], object]
"""Does pieces: where the number of the next is counted up, how many at most, the address of the thread's own memory."""

_REPORTS, _MOST = 8, 16
"""How many times a thread returns while it does its part of a layer, and how many pieces it does until then at most."""


def available_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class ThreadTeam:
    """Threads with memory of their own; the caller works too, and only the caller reports."""

    def __init__(self, threads: int) -> None:
        self._helpers = threads - 1
        self._pool = ThreadPoolExecutor(self._helpers, "painting") if self._helpers else None
        self._own = threading.local()

    def run(self, pieces: int, numbers: int, work: Work, advance: Callable[[int], None]) -> None:
        """Let every thread ``work``, each with memory for ``numbers`` float32 values, until all pieces are done.

        Args:
            pieces: how many.
            numbers: what a thread needs.
            work: called from all of the threads; takes pieces until there are none.
            advance: called from the caller's thread with the number of pieces begun; what it raises stops the team.
        """
        following = ctypes.c_int64(0)

        def help_out() -> None:
            work(following, pieces, self._memory(numbers))

        futures = [self._pool.submit(help_out) for _ in range(self._helpers)] if self._pool and pieces > 1 else []
        try:
            memory = self._memory(numbers)
            at_most = max(1, min(_MOST, pieces // (_REPORTS * (1 + self._helpers))))
            while (begun := following.value) < pieces:
                advance(begun)
                work(following, at_most, memory)
        except BaseException:
            following.value = pieces
            raise
        finally:
            # Also when stopped: the arrays that they write to must outlive their pieces.
            for future in futures:
                future.exception()
        for future in futures:
            future.result()

    def _memory(self, numbers: int) -> int:
        memory = getattr(self._own, "memory", None)
        if memory is None or memory.size < numbers:
            memory = self._own.memory = aligned_empty((numbers,))
        return int(memory.ctypes.data)
