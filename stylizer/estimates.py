"""How long it will take, from how long it took."""

from __future__ import annotations

from functools import cached_property

from django.conf import settings

from stylizer.models import Status, Stylization

SAMPLE = 20
"""Recent results the speed is measured from."""
_WORK = ("size", "brush", "strength", "photo__width", "photo__height")
"""What says how many pixels are to paint."""


class Line:
    """The jobs that wait or are in work as they stand now, read once to answer for any number of them."""

    def place(self, job: Stylization) -> int | None:
        """Return 1 for the next queued job, counted by age; ``None`` when it does not wait.

        Fairness between people may bring a job forward, so it is the worst case.
        """
        if job.status != Status.QUEUED:
            return None
        return 1 + sum(other.status == Status.QUEUED for other in self._before(job))

    def eta_seconds(self, job: Stylization) -> int | None:
        """Return the seconds until the result, or ``None`` when nothing was measured yet or the job has ended."""
        if not job.is_active or self._seconds_per_megapixel is None:
            return None
        ahead = sum(map(_pixels_to_do, self._before(job))) if job.status == Status.QUEUED else 0
        seconds = self._seconds_per_megapixel * (_pixels_to_do(job) + ahead / settings.EASEL_WORKERS) / 1e6
        return max(1, round(seconds))

    def _before(self, job: Stylization) -> list[Stylization]:
        return [other for other in self._active if other.created_at < job.created_at]

    @cached_property
    def _active(self) -> list[Stylization]:
        return list(
            Stylization.objects.active()
            .order_by()
            .select_related("photo")
            .only("status", "progress", "created_at", *_WORK)
        )

    @cached_property
    def _seconds_per_megapixel(self) -> float | None:
        return seconds_per_megapixel()


def seconds_per_megapixel() -> float | None:
    """Return the mean over the latest results, or ``None`` before there is one."""
    # At strength 0 nothing is painted, so the time says nothing.
    painted = Stylization.objects.filter(status=Status.SUCCEEDED, seconds__isnull=False, strength__gt=0)
    seconds, pixels = 0.0, 0
    for job in painted.order_by("-finished_at").select_related("photo").only("seconds", *_WORK)[:SAMPLE]:
        seconds += job.seconds or 0.0
        pixels += job.painted_pixels
    return seconds / (pixels / 1e6) if pixels else None


def _pixels_to_do(job: Stylization) -> float:
    return job.painted_pixels * (100 - job.progress) / 100
