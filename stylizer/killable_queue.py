"""A queue between processes that survives the death of one that waits for something to come.

``multiprocessing``'s own keeps its lock while it waits. When the kernel kills a painting process that has nothing to do
(one with a network in memory is what it chooses when memory is short), the lock goes with it: the processes that
follow wait for ever, and the worker is deaf.
"""

from __future__ import annotations

import time
from contextlib import suppress
from multiprocessing.connection import wait
from queue import Empty, Full
from typing import Any

from django_q.queues import Queue

from stylizer.stopping import is_stopping

_PAUSE = 0.001
"""Seconds, after another reader was faster."""


_PATIENCE = 0.5
"""Seconds between two looks whether the worker stops, of one who waits for room."""


class KillableQueue(Queue):
    """django-q's queue; only who finds something there takes the lock, for as long as reading it lasts."""

    def put(self, obj: Any, block: bool = True, timeout: float | None = None) -> None:
        """Add an object; wait for room as ``multiprocessing``'s does, but not for ever in a worker that stops.

        Its painting process may have handed its painting back and ended, and nobody would make room. A message is
        dropped then, since others find what waits; django-q's word to stop takes the place of one.
        """
        if not block or timeout is not None:
            super().put(obj, block, timeout)  # type: ignore[no-untyped-call]
            return
        while True:
            try:
                super().put(obj, True, _PATIENCE)  # type: ignore[no-untyped-call]
            except Full:
                if is_stopping():
                    if obj != "STOP":
                        return
                    with suppress(Empty):
                        super().get(False)  # type: ignore[no-untyped-call]
            else:
                return

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Return the next object; wait for it as :meth:`multiprocessing.Queue.get` does."""
        if not block or timeout is not None:
            return super().get(block, timeout)  # type: ignore[no-untyped-call]
        while True:
            wait([self._reader])  # type: ignore[attr-defined]  # no public name
            try:
                return super().get(False)  # type: ignore[no-untyped-call]
            except Empty:
                time.sleep(_PAUSE)
