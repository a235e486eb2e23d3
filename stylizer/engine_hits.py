"""How often a worker had the engine it needed in memory: counted by all workers together, for ``/metrics``."""

from __future__ import annotations

import logging

from django.core.cache import cache
from django.db import DatabaseError

logger = logging.getLogger(__name__)
OUTCOMES = ("hit", "miss")


def note_engine_use(*, was_in_memory: bool) -> None:
    """Count one use. Two at the very same moment may count as one, which is good enough to draw a share from."""
    key = _key("hit" if was_in_memory else "miss")
    try:
        if not cache.add(key, 1, timeout=None):
            cache.incr(key)
    except (DatabaseError, ValueError):  # ValueError: it went between the two lines
        logger.warning("the use of an engine was not counted", exc_info=True)


def engine_uses() -> dict[str, int]:
    """Return how many uses there were by outcome, since the cache was last emptied."""
    counts = cache.get_many([_key(outcome) for outcome in OUTCOMES])
    return {outcome: counts.get(_key(outcome), 0) for outcome in OUTCOMES}


def _key(outcome: str) -> str:
    return f"stylizer.engine-{outcome}"
