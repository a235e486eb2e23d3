"""What the schedule calls every hour."""

from __future__ import annotations

import logging
from importlib import import_module

from django.conf import settings

from accounts.models.file_removal import remove_due_files

logger = logging.getLogger(__name__)


def upkeep() -> int:
    """Remove files of deleted accounts that could not be removed before, and sessions that ended; return the files."""
    gone, failed = remove_due_files()
    if gone or failed:
        logger.info("files of deleted accounts: %d removed, %d not yet", gone, failed)
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    return gone
