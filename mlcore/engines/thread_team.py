"""Spreading one layer's pieces over threads that call compiled code, which lets other threads run meanwhile."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from mlcore.engines.aligned_arrays import aligned_empty

Work = Callable[[int, int], None]
"""Does one piece: its number, and the address of the thread's own memory."""


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
        """Call ``work`` for every piece, each with memory for ``numbers`` float32 values.

        Args:
            pieces: how many.
            numbers: what a thread needs.
            work: called from any of the threads, in order of number but not one after another.
            advance: called from the caller's thread with the number of pieces begun; what it raises stops the team.
        """
        waiting = iter(range(pieces))
        lock = threading.Lock()

        def next_piece() -> int | None:
            with lock:
                return next(waiting, None)

        def help_out() -> None:
            memory = self._memory(numbers)
            while (piece := next_piece()) is not None:
                work(piece, memory)

        futures = [self._pool.submit(help_out) for _ in range(self._helpers)] if self._pool and pieces > 1 else []
        try:
            memory = self._memory(numbers)
            while (piece := next_piece()) is not None:
                advance(piece)
                work(piece, memory)
        except BaseException:
            with lock:
                waiting = iter(())
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
