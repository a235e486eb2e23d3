"""How the server is doing, for whoever keeps it: queue, throughput, workers, failures."""

from __future__ import annotations

import statistics
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Min, Q, Sum
from django.utils import timezone

from stylizer.disk_use import DiskUse, disk_use
from stylizer.heartbeat import lives, worker_of
from stylizer.models import IntakeState, Status, StyleIntake, Stylization, WorkerHeartbeat
from stylizer.models.style_intake import ACTIVE_INTAKES

FAILURES = 8
_SAMPLE = 200


@dataclass(frozen=True)
class Throughput:
    """What ended in a span of time."""

    label: str
    succeeded: int
    failed: int
    megapixels: float
    median_seconds: float | None
    """From claim to result."""


@dataclass(frozen=True)
class Worker:
    """A worker and what it does."""

    name: str
    queue: str
    processes: int
    started_at: datetime
    beat_at: datetime
    is_silent: bool
    doing: list[str]
    """Of each of its processes that works. Empty: it waits."""


@dataclass(frozen=True)
class Dashboard:
    """Everything that the page shows."""

    queued: int
    running: int
    oldest_waiting: datetime | None
    intakes: list[StyleIntake]
    throughput: list[Throughput]
    workers: list[Worker]
    failures: list[Stylization]
    failed_intakes: list[StyleIntake]
    disk: DiskUse

    @property
    def is_stuck(self) -> bool:
        """Whether somebody waits and no worker lives."""
        return bool(self.queued) and all(worker.is_silent for worker in self.workers)


def read_dashboard() -> Dashboard:
    """Return how things stand, in a fixed number of queries."""
    queue = Stylization.objects.order_by().aggregate(
        queued=Count("pk", filter=Q(status=Status.QUEUED)),
        running=Count("pk", filter=Q(status=Status.RUNNING)),
        oldest_waiting=Min("created_at", filter=Q(status=Status.QUEUED)),
    )
    failed = Stylization.objects.filter(status=Status.FAILED, finished_at__isnull=False)
    ended_intakes = StyleIntake.objects.select_related("style")
    return Dashboard(
        **queue,
        intakes=list(ended_intakes.filter(state__in=ACTIVE_INTAKES).order_by("created_at")[:10]),
        throughput=[_throughput("Last hour", timedelta(hours=1)), _throughput("Last day", timedelta(days=1))],
        workers=_workers(),
        failures=list(failed.select_related("style", "owner").order_by("-finished_at")[:FAILURES]),
        failed_intakes=list(ended_intakes.filter(state__in=[IntakeState.FAILED, IntakeState.REFUSED])[:FAILURES]),
        disk=disk_use(),
    )


def _throughput(label: str, span: timedelta) -> Throughput:
    ended = Stylization.objects.order_by().filter(finished_at__gte=timezone.now() - span)
    counts = ended.aggregate(
        succeeded=Count("pk", filter=Q(status=Status.SUCCEEDED)),
        failed=Count("pk", filter=Q(status=Status.FAILED)),
        # Of the results: how many pixels the network saw is not in a column.
        pixels=Sum(F("result_width") * F("result_height"), filter=Q(status=Status.SUCCEEDED)),
    )
    done = ended.filter(status=Status.SUCCEEDED, seconds__isnull=False).order_by("-finished_at")
    seconds = [value for value in done.values_list("seconds", flat=True)[:_SAMPLE] if value is not None]
    return Throughput(
        label=label,
        succeeded=counts["succeeded"],
        failed=counts["failed"],
        megapixels=(counts["pixels"] or 0) / 1e6,
        median_seconds=statistics.median(seconds) if seconds else None,
    )


def _workers() -> list[Worker]:
    doing: defaultdict[str, list[str]] = defaultdict(list)
    for process, style in Stylization.objects.filter(status=Status.RUNNING).values_list("worker", "style__name"):
        doing[worker_of(process)].append(f"painting in {style}")
    for process, step in StyleIntake.objects.filter(state=IntakeState.RUNNING).values_list("worker", "step"):
        doing[worker_of(process)].append(f"{step} a style")
    return [
        Worker(
            name=row.worker,
            queue=row.get_queue_display(),
            processes=row.processes,
            started_at=row.started_at,
            beat_at=row.beat_at,
            is_silent=not row.lives,
            doing=doing[row.worker],
        )
        for row in WorkerHeartbeat.objects.annotate(lives=lives())
    ]
