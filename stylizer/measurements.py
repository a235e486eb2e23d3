"""How the queue does, in numbers for a monitoring system; each function is one query."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from django.db.models import Count, F, Max, Min, Sum
from django.utils import timezone

from stylizer.models import Status, Style, Stylization, WorkerHeartbeat
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


def waiting_and_running() -> dict[str, int]:
    """Return how many jobs there are of each state that has not ended."""
    counts = Stylization.objects.order_by().filter(status__in=ACTIVE).values_list("status").annotate(Count("pk"))
    return {str(status): 0 for status in ACTIVE} | {str(status): count for status, count in counts}


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


def worker_ages() -> list[float]:
    """Return for each worker process how many seconds ago it was heard of."""
    now = timezone.now()
    return [(now - beat).total_seconds() for beat in WorkerHeartbeat.objects.values_list("beat_at", flat=True)]


def published_styles() -> int:
    """Return how many styles people can choose."""
    return Style.objects.published().count()
