"""Telling what the server lacks just now, a database or room on its disk, from a fault of this program."""

from __future__ import annotations

import errno
import sqlite3

from django.db import InterfaceError, OperationalError

RETRY_AFTER = 10
"""Seconds. A database that restarts is back by then."""
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
    if isinstance(error, OperationalError | InterfaceError):
        cause = error.__cause__
        if isinstance(cause, sqlite3.Error):
            return (getattr(cause, "sqlite_errorcode", 0) & 0xFF) in _OF_SQLITE
        return True
    return isinstance(error, OSError) and error.errno in _OF_STORAGE
