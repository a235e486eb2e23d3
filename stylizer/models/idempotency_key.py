"""That a program's request was made already, and what it was answered."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

KEPT = timedelta(hours=24)
"""How long the same key gives the same answer."""


class IdempotencyKeyQuerySet(models.QuerySet["IdempotencyKey"]):
    """Queries named after what they answer."""

    def outdated(self) -> IdempotencyKeyQuerySet:
        """Return the keys whose time is over: they may be used anew."""
        return self.filter(created_at__lt=timezone.now() - KEPT)


class IdempotencyKey(models.Model):
    """One key of one person. The row is made before the request is carried out, so that of two only one is."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="idempotency_keys")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="Of method, address and body.")
    claim = models.UUIDField(default=uuid.uuid4, help_text="Whoever knows it carries the request out.")
    status = models.PositiveSmallIntegerField(null=True, help_text="Of the answer; empty: in work.")
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = IdempotencyKeyQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_use_of_a_key_by_a_person")]

    def __str__(self) -> str:
        return f"{self.status or 'in work'}, {self.created_at:%Y-%m-%d %H:%M}"
