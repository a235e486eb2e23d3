"""One message to one webhook: what is to be sent, and how sending it went."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from stylizer.models.webhook import Webhook


class DeliveryState(models.TextChoices):
    """Where a message stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    """Queries named after what they answer."""

    def due(self) -> WebhookDeliveryQuerySet:
        """Return what should be sent by now, longest due first."""
        return self.filter(
            state=DeliveryState.PENDING, webhook__is_active=True, next_attempt_at__lte=timezone.now()
        ).order_by("next_attempt_at", "created_at")


class WebhookDelivery(models.Model):
    """The row is the truth; a queue message only wakes a worker. Written in the transaction that ends the job."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=40, editable=False)
    body = models.TextField(editable=False, help_text="JSON, sent as it stands here each time.")
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.PENDING, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    next_attempt_at = models.DateTimeField(null=True, editable=False, help_text="While it is tried: when it is due.")
    created_at = models.DateTimeField(auto_now_add=True)
    attempted_at = models.DateTimeField(null=True, editable=False)
    delivered_at = models.DateTimeField(null=True, editable=False)
    status_code = models.PositiveSmallIntegerField(null=True, editable=False, help_text="Of the last answer.")
    seconds = models.FloatField(null=True, editable=False, help_text="The last attempt took.")
    answer = models.TextField(blank=True, editable=False, help_text="How the last answer began.")
    error_code = models.CharField(max_length=50, blank=True, editable=False)
    error_detail = models.TextField(blank=True, editable=False)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name_plural = "webhook deliveries"
        indexes = [
            models.Index(fields=["webhook", "-created_at", "-id"], name="webhookdelivery_newest"),
            models.Index(fields=["next_attempt_at"], name="webhookdelivery_due", condition=models.Q(state="pending")),
            models.Index(fields=["created_at"], name="webhookdelivery_age"),
        ]

    def __str__(self) -> str:
        return f"{self.event}, {self.state}"
