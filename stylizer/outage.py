"""A database that is out of reach for a moment: it restarts, or another takes its place."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

OUTAGES = (OperationalError, InterfaceError)
_PAUSE = 0.5


def outlasting_an_outage(act: Callable[[], bool], has_happened: Callable[[], bool]) -> bool:
    """Return what ``act`` does, done again for as long as a lease lasts while the database is out of reach.

    Args:
        act: one transaction, which does nothing when it is done a second time.
        has_happened: whether ``act`` went through: an earlier COMMIT whose answer was lost may have.

    Raises:
        OperationalError: it stayed out of reach.
    """
    end = time.monotonic() + settings.EASEL_LEASE_SECONDS
    tried_before = False
    while True:
        try:
            return act() or (tried_before and has_happened())
        except OUTAGES:
            if connection.in_atomic_block or time.monotonic() >= end:
                raise
            connection.close()
            tried_before = True
            time.sleep(_PAUSE)
