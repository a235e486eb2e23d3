"""Workers say that they live, so that others do their work when they do not, and people tell a busy from a dead one.

The leading process of a worker beats, whether its painting processes have work or not. By the database's clock, as
leases.
"""

from __future__ import annotations

import logging
import os
import socket
from collections import Counter
from datetime import timedelta

from django.conf import settings
from django.db import Error, connection
from django.db.models import Case, Q, When
from django.db.models.functions import Now

from stylizer.models import WorkerHeartbeat

logger = logging.getLogger(__name__)

INTERVAL = 15.0
"""Seconds between two beats: each is an UPDATE."""
LIVES_FOR = timedelta(seconds=60)
"""Since the last beat; then others take over what only this worker served."""
MISSED_AFTER = timedelta(minutes=3)
"""Without a worker for so long a site is not ready: a restart, which may measure engines before, takes less."""
FORGOTTEN_AFTER = timedelta(hours=1)
"""A worker that was silent for so long is gone."""
_leader = ""


def lead() -> None:
    """Let this process be the one that beats for those it will fork: they are named after it."""
    global _leader
    _leader = _process_name()


def leader_name() -> str:
    """Return the name in the worker's row."""
    return _leader or _process_name()


def worker_name() -> str:
    """Return what this process is called in the rows it works on: its worker and its number."""
    return f"{leader_name()}:{os.getpid()}"


def worker_of(process: str) -> str:
    """Return the name of the worker that a process belongs to."""
    return process.rpartition(":")[0]


def beat(*, is_first: bool = False) -> None:
    """Note that this worker lives. A database out of reach is only logged."""
    values = {"queue": settings.EASEL_QUEUE, "processes": settings.EASEL_WORKERS, "beat_at": Now()}
    started = {"started_at": Now()}
    if is_first:  # a container that was started again has the name of the one before
        values |= started
    try:
        WorkerHeartbeat.objects.update_or_create(
            worker=leader_name(), defaults=values, create_defaults=values | started
        )
    except Error:
        logger.warning("this worker could not note that it lives", exc_info=True)
        connection.close()


def stop_beating() -> None:
    """Note that this worker paints no more, so that others take over at once. A database out of reach is logged."""
    try:
        WorkerHeartbeat.objects.filter(worker=leader_name()).update(processes=0, beat_at=Now())
    except Error:
        logger.warning("this worker could not note that it stops", exc_info=True)
        connection.close()


def living() -> Q:
    """Return what is true of the row of a worker that lives.

    A beat in the future is from before the database's clock was put back: whoever lives corrects it.
    """
    return Q(processes__gt=0, beat_at__gte=Now() - LIVES_FOR, beat_at__lte=Now() + LIVES_FOR)


def lives() -> Case:
    """Return :func:`living` as a column to annotate rows with."""
    return Case(When(living(), then=True), default=False)


def was_heard_of() -> bool:
    """Return whether there is a worker, or was one until a moment ago."""
    return WorkerHeartbeat.objects.filter(beat_at__gte=Now() - MISSED_AFTER).exists()


def living_processes() -> Counter[str]:
    """Return for each queue that a living worker serves how many photos are painted there at once."""
    counts: Counter[str] = Counter()
    for queue, count in WorkerHeartbeat.objects.filter(living()).order_by().values_list("queue", "processes"):
        counts[queue] += count
    return counts


def processes() -> int:
    """Return how many photos all workers paint at once; without any, what this machine's would."""
    return living_processes().total() or int(settings.EASEL_WORKERS)


def forget_silent_workers() -> int:
    """Remove the rows of workers that are gone; return how many."""
    gone = Q(beat_at__lt=Now() - FORGOTTEN_AFTER) | Q(beat_at__gt=Now() + LIVES_FOR)
    return WorkerHeartbeat.objects.filter(gone).delete()[0]


def _process_name() -> str:
    return f"{socket.gethostname()[:80]}:{os.getpid()}"
