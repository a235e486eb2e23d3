"""Every change of a job's state. Each is one conditional UPDATE, so of two that race exactly one wins.

    QUEUED → RUNNING → SUCCEEDED          QUEUED, RUNNING → CANCELLED
               ↓  lease ran out or a transient fault → QUEUED (attempts < 3); its worker stops → QUEUED
               └→ FAILED (reason)             FAILED, CANCELLED → QUEUED (a person asks again)

A worker that holds a job knows its lease token; whoever does not know it cannot finish the job.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection
from datetime import UTC, datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Now

from stylizer.leases import lease_end, run_out
from stylizer.models import Queue, Status, Style, Stylization
from stylizer.models.stylization import ACTIVE
from stylizer.queue_limits import check_queue_limits, take_turns
from stylizer.rejections import Rejected
from stylizer.webhooks.note import note_ended

MAX_ATTEMPTS = 3
WORKER_LOST = (
    "worker_lost",
    f"The work stopped {MAX_ATTEMPTS} times without a result, probably for lack of memory. "
    "Try a smaller size, or ask the administrator to look at the worker's log.",
)
_CANDIDATES = 8
"""Heads of the line that are read at a time, for workers that ask at the same moment."""
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def waiting_in(queues: Collection[str]) -> QuerySet[Stylization]:
    """Return the jobs that wait in any of ``queues``, in no order."""
    queued = Stylization.objects.filter(status=Status.QUEUED).order_by()
    # Of all queues together the database need not look at the column.
    return queued if set(Queue) <= set(queues) else queued.filter(queue__in=queues)


def next_in_line(queues: Collection[str] = Queue.values) -> QuerySet[User, uuid.UUID]:
    """Return the oldest job in ``queues`` of each who waits, fairest first: of whom fewest run, then longest unserved.

    One job a person, so that whoever loses the first to another worker may go on to the next: its owner would have gone
    to the end.
    """
    # One pass over the waiting jobs, then a look into each of three partial indexes for everybody who waits, however
    # long their histories are.
    queued = waiting_in(queues)
    of_user = Stylization.objects.filter(owner=OuterRef("pk")).order_by()
    running = of_user.filter(status=Status.RUNNING).values("owner").annotate(n=Count("pk")).values("n")
    served = of_user.filter(started_at__isnull=False).order_by("-started_at").values("started_at")[:1]
    oldest = queued.filter(owner=OuterRef("pk")).order_by("created_at", "pk")
    return (
        User.objects.filter(pk__in=queued.values("owner"))
        .order_by(
            Coalesce(Subquery(running), 0),
            Coalesce(Subquery(served), Value(_NEVER)),
            Subquery(oldest.values("created_at")[:1]),
            "pk",
        )
        .values_list(Subquery(oldest.values("pk")[:1]), flat=True)
    )


def claim(worker: str, queues: Collection[str] = Queue.values) -> Stylization | None:
    """Move one job in ``queues`` to RUNNING under a new lease and return it; ``None`` when nothing waits there."""
    while candidates := list(next_in_line(queues)[:_CANDIDATES]):
        for candidate in candidates:
            if (job := _take(candidate, worker)) is not None:
                return job
    return None


def _take(candidate: uuid.UUID, worker: str) -> Stylization | None:
    token = uuid.uuid4()
    won = Stylization.objects.filter(pk=candidate, status=Status.QUEUED).update(
        status=Status.RUNNING,
        attempts=F("attempts") + 1,
        progress=0,
        started_at=Now(),
        lease_token=token,
        lease_expires_at=lease_end(),
        worker=worker,
    )
    if not won:
        return None
    # Read under the token: between the UPDATE and this line the job may have been cancelled.
    job = Stylization.objects.select_related("style", "photo").filter(pk=candidate, lease_token=token).first()
    if job is not None:
        job.claimed_at = time.monotonic()
    return job


def renew(job: Stylization, *, progress: int | None = None) -> bool:
    """Extend the lease and note the progress in percent; False when the job is no longer this worker's."""
    values: dict[str, object] = {"lease_expires_at": lease_end()}
    if progress is not None:
        values["progress"] = progress
    return bool(_held(job).update(**values))


def succeed(job: Stylization) -> bool:
    """Record the result whose files ``job`` names; False when the job is no longer this worker's."""
    values = {
        "status": Status.SUCCEEDED,
        "progress": 100,
        "finished_at": Now(),
        "seconds": None if job.claimed_at is None else time.monotonic() - job.claimed_at,
        "master": job.master.name,
        "result": job.result.name,
        "result_width": job.result_width,
        "result_height": job.result_height,
        "thumbnail": job.thumbnail.name,
        "thumbnail_width": job.thumbnail_width,
        "thumbnail_height": job.thumbnail_height,
        "engine": job.engine,
        "precision": job.precision,
        "error_code": "",
        "error_detail": "",
        "lease_token": None,
        "lease_expires_at": None,
    }
    return _end(job.pk, _held(job), values)


def fail(job: Stylization, code: str, detail: str) -> bool:
    """End the job with a reason a person can read; False when it is no longer this worker's."""
    return _end(job.pk, _held(job), _failed(code, detail))


def retry_later(job: Stylization, code: str, detail: str) -> bool:
    """Queue the job again after a transient fault, or fail it after the last attempt; False when no longer held."""
    if job.attempts >= MAX_ATTEMPTS:
        return fail(job, code, detail)
    return bool(_held(job).update(**_requeued()))


def hand_back(job: Stylization) -> bool:
    """Queue a job again that this worker cannot finish before it stops, at no cost; False when it is no longer held."""
    return bool(_held(job).update(**_requeued(), attempts=F("attempts") - 1))


def cancel(job: Stylization) -> bool:
    """Cancel a job that waits or is in work; False when it has ended already.

    The worker notices at its next report of progress and drops what it has.
    """
    values = {"finished_at": Now(), "lease_token": None, "lease_expires_at": None}
    active = Stylization.objects.filter(status__in=ACTIVE)
    return _end(job.pk, active, {"status": Status.CANCELLED, **values})


def try_again(job: Stylization) -> bool:
    """Queue a failed or cancelled job anew with all its attempts; False when it is in another state.

    Raises:
        Rejected: its style is not offered any more, or too many jobs wait already.
    """
    if not Style.objects.published().filter(pk=job.style_id).exists():
        raise Rejected(
            "style_not_offered",
            f"The style {job.style.name} is not offered any more. Pick another style for this photo.",
            field="style",
            status=409,
        )
    with transaction.atomic():
        take_turns(job.owner)
        ended = Stylization.objects.filter(pk=job.pk, status__in=[Status.FAILED, Status.CANCELLED])
        if not ended.exists():
            return False
        check_queue_limits(job.owner, 1)
        return bool(
            ended.update(**_requeued(), attempts=0, error_code="", error_detail="", finished_at=None, started_at=None)
        )


def reap() -> int:
    """Requeue jobs whose worker fell silent, fail those out of attempts; return how many were requeued."""
    silent = run_out(Stylization.objects.filter(status=Status.RUNNING))
    for key in silent.filter(attempts__gte=MAX_ATTEMPTS).values_list("pk", flat=True):
        _end(key, silent, _failed(*WORKER_LOST))
    return silent.filter(attempts__lt=MAX_ATTEMPTS).update(**_requeued())


def _end(key: uuid.UUID, jobs: QuerySet[Stylization], values: dict[str, object]) -> bool:
    """End a job if it is one of ``jobs``; who wants to be told of that is noted in the same transaction."""
    with transaction.atomic():
        ended = bool(jobs.filter(pk=key).update(**values))
        if ended:
            note_ended([key])
    return ended


def _held(job: Stylization) -> QuerySet[Stylization]:
    return Stylization.objects.filter(pk=job.pk, status=Status.RUNNING, lease_token=job.lease_token)


def _requeued() -> dict[str, object]:
    return {"status": Status.QUEUED, "progress": 0, "lease_token": None, "lease_expires_at": None, "worker": ""}


def _failed(code: str, detail: str) -> dict[str, object]:
    return {
        "status": Status.FAILED,
        "error_code": code,
        "error_detail": detail,
        "finished_at": Now(),
        "lease_token": None,
        "lease_expires_at": None,
    }
