"""How a style is used: counted from the jobs that were painted in it."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q

from stylizer.models import Status, Style

SAMPLE = 50
"""Recent results the speed is measured from."""


@dataclass(frozen=True)
class StyleUsage:
    """Jobs of a style, by how they ended."""

    jobs: int
    succeeded: int
    failed: int
    people: int
    last_at: datetime | None
    seconds_per_megapixel: float | None
    """Median of recent results, from claim to result; ``None`` before there is one."""

    @property
    def failure_rate(self) -> float | None:
        """Share of the jobs that ended by themselves which failed; ``None`` before one has ended."""
        ended = self.succeeded + self.failed
        return self.failed / ended if ended else None


def style_usage(style: Style) -> StyleUsage:
    """Return how often ``style`` was used, how often that failed and how long it took."""
    counts = style.stylizations.order_by().aggregate(
        jobs=Count("pk"),
        succeeded=Count("pk", filter=Q(status=Status.SUCCEEDED)),
        failed=Count("pk", filter=Q(status=Status.FAILED)),
        people=Count("owner", distinct=True),
        last_at=Max("created_at"),
    )
    painted = style.stylizations.filter(status=Status.SUCCEEDED, seconds__isnull=False, strength__gt=0)
    speeds = [
        1e6 * (job.seconds or 0) / job.painted_pixels
        for job in painted.select_related("photo").order_by("-finished_at")[:SAMPLE]
        if job.painted_pixels
    ]
    return StyleUsage(**counts, seconds_per_megapixel=statistics.median(speeds) if speeds else None)
