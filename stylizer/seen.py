"""Which results their owners have looked at: the header counts the others."""

from __future__ import annotations

from stylizer.models import Status, Stylization


def mark_seen(*jobs: Stylization) -> None:
    """Note that the owner has these results before them; those without one are left alone.

    The rows in memory stay as they were, so that a page can still say which are new.
    """
    fresh = [job.pk for job in jobs if job.status == Status.SUCCEEDED and not job.is_seen]
    if fresh:
        Stylization.objects.filter(pk__in=fresh).update(is_seen=True)
