"""The events of a job and of a batch."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from stylizer.api.events import LAST, Event, event_id, stream
from stylizer.api.serializers import job_data
from stylizer.batch_progress import BatchProgress
from stylizer.models import Batch, Status, Stylization
from stylizer.models.stylization import ACTIVE


def job_events(request: Request, job: Stylization) -> HttpResponseBase:
    """Return the stream of ``progress`` events, and in the end ``succeeded``, ``failed`` or ``cancelled``."""
    row = Stylization.objects.filter(pk=job.pk)

    def look(known: str) -> Event | None:
        now = row.values_list("status", "progress", "attempts").first()
        if now is None:
            return _gone(known)
        status, progress, attempts = now
        is_last = status not in ACTIVE
        key = event_id(status, progress, attempts) + (LAST if is_last else "")
        # Read whole only when there is something to say.
        if key == known or (whole := row.select_related("style", "photo").first()) is None:
            return None
        return Event(key, status if is_last else "progress", job_data(request, whole), is_last)

    return stream(request, look)


def batch_events(request: Request, batch: Batch) -> HttpResponseBase:
    """Return the stream of ``progress`` events and of the last one, named after the worst that came of its jobs."""
    rows = Stylization.objects.filter(batch=batch).order_by("created_at", "pk")

    def look(known: str) -> Event | None:
        now = list(rows.values_list("status", "progress"))
        if not now:
            return _gone(known)
        statuses = {status for status, _ in now}
        is_last = not statuses & set(ACTIVE)
        counts = [sum(status == one for status, _ in now) for one in Status.values]
        key = event_id(*counts, sum(progress for _, progress in now)) + (LAST if is_last else "")
        if key == known:
            return None
        progress = BatchProgress(list(rows.select_related("style", "photo")))
        data: dict[str, Any] = {
            "id": str(batch.pk),
            "percent": progress.percent,
            "eta_seconds": progress.eta_seconds,
            "counts": dict(zip(Status.values, counts, strict=True)),
        }
        return Event(key, _worst(statuses) if is_last else "progress", data, is_last)

    return stream(request, look)


def _worst(statuses: set[str]) -> str:
    return next(str(one) for one in (Status.FAILED, Status.CANCELLED, Status.SUCCEEDED) if one in statuses)


def _gone(known: str) -> Event | None:
    """Return the last event of what was deleted while it was looked at."""
    key = f"deleted{LAST}"
    return None if known == key else Event(key, str(Status.CANCELLED), {"deleted": True}, is_last=True)
