"""A database or a storage that is out of reach for a moment: it restarts, or is full, or another takes its place."""

from __future__ import annotations

import errno
import sqlite3
import time
from collections.abc import Callable

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

OUTAGES = (OperationalError, InterfaceError)
_PAUSE = 0.5
_OF_STORAGE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}
# Others, "no such table" for one, are faults that waiting does not mend.
_OF_SQLITE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
}


def is_outage(error: BaseException | None) -> bool:
    """Return whether ``error`` says that the database or the storage is away or full, so that coming again may help."""
    if isinstance(error, OUTAGES):
        cause = error.__cause__
        if isinstance(cause, sqlite3.Error):
            return (getattr(cause, "sqlite_errorcode", 0) & 0xFF) in _OF_SQLITE
        return True
    return isinstance(error, OSError) and error.errno in _OF_STORAGE


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
