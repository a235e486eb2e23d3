"""How the queue does, in numbers for a monitoring system; each function is one query."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from django.db.models import Count, F, Max, Min, Sum
from django.utils import timezone

from stylizer.heartbeat import lives
from stylizer.models import Queue, Status, Style, Stylization, WorkerHeartbeat
from stylizer.models.stylization import ACTIVE

WINDOW = timedelta(minutes=15)
"""What "lately" is. Jobs are deleted by their owners, so that totals since ever would fall."""


class Ended(NamedTuple):
    """Jobs of one style, engine, precision and outcome that ended lately."""

    style: str
    engine: str
    precision: str
    status: str
    jobs: int
    seconds: float
    """From claim to result, of all of them together."""
    longest: float
    megapixels: float


def waiting_and_running() -> dict[tuple[str, str], int]:
    """Return how many jobs there are of each state that has not ended, in each queue."""
    active = Stylization.objects.order_by().filter(status__in=ACTIVE)
    counts = {(str(status), str(queue)): 0 for status in ACTIVE for queue in Queue}
    for status, queue, count in active.values_list("status", "queue").annotate(Count("pk")):
        counts[status, queue] = count
    return counts


def oldest_waiting_seconds() -> float:
    """Return how long the job that was queued first waits; 0 where none does."""
    first = Stylization.objects.order_by().filter(status=Status.QUEUED).aggregate(first=Min("created_at"))["first"]
    return 0.0 if first is None else max(0.0, (timezone.now() - first).total_seconds())


def ended_lately() -> Iterator[Ended]:
    """Yield what ended within :data:`WINDOW`."""
    rows = (
        Stylization.objects.order_by()
        .filter(finished_at__gte=timezone.now() - WINDOW)
        .values("style__slug", "engine", "precision", "status")
        .annotate(
            jobs=Count("pk"),
            sum_seconds=Sum("seconds"),
            max_seconds=Max("seconds"),
            pixels=Sum(F("result_width") * F("result_height")),
        )
    )
    for row in rows:
        yield Ended(
            style=row["style__slug"],
            engine=row["engine"],
            precision=row["precision"],
            status=row["status"],
            jobs=row["jobs"],
            seconds=row["sum_seconds"] or 0.0,
            longest=row["max_seconds"] or 0.0,
            megapixels=(row["pixels"] or 0) / 1e6,
        )


def failures_lately() -> dict[str, int]:
    """Return how many jobs failed within :data:`WINDOW`, by the code of the reason."""
    failed = Stylization.objects.order_by().filter(status=Status.FAILED, finished_at__gte=timezone.now() - WINDOW)
    return dict(failed.values_list("error_code").annotate(Count("pk")))


def workers() -> dict[tuple[str, bool], int]:
    """Return how many workers serve each queue, those that live and those that fell silent (``False``)."""
    counts = {(str(queue), is_living): 0 for queue in Queue for is_living in (True, False)}
    running = WorkerHeartbeat.objects.filter(processes__gt=0).order_by()
    for queue, is_living in running.annotate(lives=lives()).values_list("queue", "lives"):
        counts[queue, is_living] += 1
    return counts


def published_styles() -> int:
    """Return how many styles people can choose."""
    return Style.objects.published().count()
