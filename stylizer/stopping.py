"""That this worker was told to stop: its leader gets the signal, and its painting processes look here.

A painting in work has ``EASEL_STOP_SECONDS`` to be finished. Then it is handed back, so that another worker takes it at
once and nobody waits for its lease to run out.
"""

from __future__ import annotations

import multiprocessing
import time

from django.conf import settings

# Memory that a process shares with those it forks; without a lock, since a handler of signals writes to it. Monotonic
# time is the machine's, the same in each.
_asked_at = multiprocessing.RawValue("d", 0.0)


def ask_to_stop() -> bool:
    """Note that the worker is to stop; False when that was known."""
    if _asked_at.value:
        return False
    _asked_at.value = time.monotonic()
    return True


def is_stopping() -> bool:
    """Return whether nothing new is to be begun."""
    return bool(_asked_at.value)


def time_is_up() -> bool:
    """Return whether what is in work is to be handed back."""
    return is_stopping() and time.monotonic() - _asked_at.value >= settings.EASEL_STOP_SECONDS
