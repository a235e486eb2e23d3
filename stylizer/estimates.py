"""How long it will take, from how long it took."""

from __future__ import annotations

from django.conf import settings

from stylizer.models import Status, Stylization

SAMPLE = 20
"""Recent results the speed is measured from."""


def place_in_line(job: Stylization) -> int | None:
    """Return 1 for the next queued job, counted by age; ``None`` when it does not wait.

    Fairness between people may bring a job forward, so it is the worst case.
    """
    if job.status != Status.QUEUED:
        return None
    return Stylization.objects.filter(status=Status.QUEUED, created_at__lt=job.created_at).count() + 1


def seconds_per_megapixel() -> float | None:
    """Return the mean over the latest results, or ``None`` before there is one."""
    recent = Stylization.objects.filter(status=Status.SUCCEEDED, seconds__isnull=False).order_by("-finished_at")[
        :SAMPLE
    ]
    seconds, pixels = 0.0, 0
    for job in recent.only("seconds", "size", "photo_width", "photo_height"):
        seconds += job.seconds or 0.0
        pixels += job.output_pixels
    return seconds / (pixels / 1e6) if pixels else None


def eta_seconds(job: Stylization) -> int | None:
    """Return the seconds until the result, or ``None`` when nothing was measured yet or the job has ended."""
    speed = seconds_per_megapixel() if job.is_active else None
    if speed is None:
        return None
    own = job.output_pixels * (100 - job.progress) / 100
    if job.status == Status.QUEUED:
        before = Stylization.objects.active().filter(created_at__lt=job.created_at).order_by("created_at")[:200]
        ahead = sum(other.output_pixels * (100 - other.progress) / 100 for other in before)
    else:
        ahead = 0
    return max(1, round(speed * (own + ahead / settings.EASEL_WORKERS) / 1e6))
