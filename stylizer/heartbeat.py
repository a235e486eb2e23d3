"""Workers say that they live, so that the dashboard can tell a busy server from a dead one."""

from __future__ import annotations

import logging
import os
import socket
import time
from datetime import timedelta

from django.db import Error
from django.utils import timezone

from stylizer.models import WorkerHeartbeat

logger = logging.getLogger(__name__)

INTERVAL = 15.0
"""Seconds between two beats of a process at the least: each is an UPDATE."""
FORGOTTEN_AFTER = timedelta(hours=1)
"""A worker that was silent for so long is gone."""

_started_at = timezone.now()  # a worker loads this module with its first task
_last_beat: tuple[str, float] | None = None


def worker_name() -> str:
    """Return what this process is called in the rows it works on."""
    return f"{socket.gethostname()[:80]}:{os.getpid()}"


def beat() -> None:
    """Note that this process lives, if it did not do so a moment ago. A database out of reach is only logged."""
    global _last_beat
    name, now = worker_name(), time.monotonic()
    # With the name: a process that was forked from another is another.
    if _last_beat is not None and _last_beat[0] == name and now - _last_beat[1] < INTERVAL:
        return
    _last_beat = (name, now)
    try:
        WorkerHeartbeat.objects.update_or_create(
            worker=name,
            defaults={"beat_at": timezone.now()},
            create_defaults={"beat_at": timezone.now(), "started_at": _started_at},
        )
    except Error:
        logger.warning("this worker could not note that it lives", exc_info=True)


def forget_silent_workers() -> int:
    """Remove the rows of processes that are gone; return how many."""
    return WorkerHeartbeat.objects.filter(beat_at__lt=timezone.now() - FORGOTTEN_AFTER).delete()[0]
