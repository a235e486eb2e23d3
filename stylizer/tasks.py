"""What queue messages call. Thin, and free of torch until there is something to paint."""

from __future__ import annotations

import os
import socket

from django.conf import settings

from stylizer import job_lifecycle
from stylizer.models import Status, Stylization
from stylizer.wake import wake_worker


def paint_next() -> str | None:
    """Paint the job that is next in line; return its id, or ``None`` when nothing waited."""
    job_lifecycle.reap()
    if not Stylization.objects.filter(status=Status.QUEUED).exists():
        return None
    # Before the claim: loading libraries takes a while once, and a job should wait as "queued" and be timed without it.
    from stylizer.run_job import run_job

    job = job_lifecycle.claim(worker=f"{socket.gethostname()}:{os.getpid()}")
    if job is None:
        return None
    run_job(job)
    return str(job.pk)


def sweep() -> int:
    """Bring back jobs of dead workers and wake workers for jobs whose message was lost; return how many wait.

    Runs every minute by a schedule.
    """
    job_lifecycle.reap()
    waiting = Stylization.objects.filter(status=Status.QUEUED).count()
    for _ in range(min(waiting, settings.EASEL_WORKERS)):
        wake_worker()
    return waiting
