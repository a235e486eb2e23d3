"""Waiting for what other processes do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

PATIENCE = 200
"""Seconds; far more than anything takes, because a machine may be busy with other things."""


def wait_for(what: str, look: Callable[[], Found | None], *, every: float = 0.1, seconds: float = PATIENCE) -> Found:
    """Return the first true answer of ``look``.

    Raises:
        AssertionError: there was none in time.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(every)
    raise AssertionError(f"{what}: not seen within {seconds:g} s")
