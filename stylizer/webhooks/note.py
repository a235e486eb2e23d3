"""Writing down who is to be told that jobs have ended, in the transaction that ends them."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from stylizer.models import Batch, Event, Status, Stylization, Webhook, WebhookDelivery
from stylizer.models.stylization import ACTIVE
from stylizer.wake import wake_for_webhooks


def note_ended(keys: Sequence[uuid.UUID]) -> None:
    """Write a delivery for each webhook that wants to know how these jobs, which have just ended, did so.

    To be called in the transaction of their end, so that either both are certain or neither.
    """
    owners = Stylization.objects.filter(pk__in=keys).order_by().values("owner")
    # Locked, so that none is deleted while rows that name it are being written.
    hooks = list(Webhook.objects.select_for_update(no_key=True).active().filter(owner__in=owners).order_by("pk"))
    if not hooks:
        return
    deliveries = []
    jobs = Stylization.objects.filter(pk__in=keys).exclude(status__in=ACTIVE).select_related("style")
    for job in jobs:
        deliveries += _told(hooks, job.owner_id, f"stylization.{job.status}", _said_of_job(job))
    for batch in _finished_batches({job.batch_id for job in jobs}, hooks):
        deliveries += _told(hooks, batch.owner_id, Event.BATCH_FINISHED, _said_of_batch(batch))
    if deliveries:
        WebhookDelivery.objects.bulk_create(deliveries)
        wake_for_webhooks()


def new_delivery(hook: Webhook, event: str, data: dict[str, Any]) -> WebhookDelivery:
    """Return a message about ``data``, unsaved and due at once."""
    now = timezone.now()
    key = uuid.uuid4()
    said = {"id": str(key), "event": event, "created_at": _written(now), "data": data}
    return WebhookDelivery(
        id=key, webhook=hook, event=event, body=json.dumps(said, separators=(",", ":")), next_attempt_at=now
    )


def _told(hooks: Sequence[Webhook], owner: int, event: str, data: dict[str, Any]) -> list[WebhookDelivery]:
    return [new_delivery(hook, event, data) for hook in hooks if hook.owner_id == owner and event in hook.events]


def _finished_batches(keys: set[uuid.UUID | None], hooks: Sequence[Webhook]) -> list[Batch]:
    wanting = [hook.owner_id for hook in hooks if Event.BATCH_FINISHED in hook.events]
    # Locked: of two workers that end the last two jobs at the same moment, the second sees what the first did.
    batches = Batch.objects.select_for_update(no_key=True).filter(
        pk__in=[key for key in keys if key], owner__in=wanting
    )
    return [batch for batch in batches.order_by("pk") if not batch.stylizations.filter(status__in=ACTIVE).exists()]


def _said_of_job(job: Stylization) -> dict[str, Any]:
    failed = job.status == Status.FAILED
    return {
        "type": "stylization",
        "id": str(job.pk),
        "path": reverse("api:stylization-detail", args=[job.pk]),
        "status": job.status,
        "style": job.style.slug,
        "batch": str(job.batch_id) if job.batch_id else None,
        "error": {"code": job.error_code, "detail": job.error_detail} if failed else None,
        "finished_at": _written(job.finished_at) if job.finished_at else None,
    }


def _said_of_batch(batch: Batch) -> dict[str, Any]:
    counts = Counter(batch.stylizations.values_list("status", flat=True))
    return {
        "type": "batch",
        "id": str(batch.pk),
        "path": reverse("api:batch-detail", args=[batch.pk]),
        "name": batch.name,
        "succeeded": counts[Status.SUCCEEDED],
        "failed": counts[Status.FAILED],
        "cancelled": counts[Status.CANCELLED],
    }


def _written(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
