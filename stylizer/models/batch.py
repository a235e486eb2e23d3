"""Several jobs that were ordered together."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse


class BatchQuerySet(models.QuerySet["Batch"]):
    """Queries named after what they answer."""

    def visible_to(self, user: Any) -> BatchQuerySet:
        """Return the batches ``user`` may see: their own; nobody's for an anonymous visitor."""
        return self.filter(owner=user) if user.is_authenticated else self.none()


class Batch(models.Model):
    """Many photos in one style, one photo in many, or many in many. Its state is that of its jobs."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="batches")
    name = models.CharField(max_length=150, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name_plural = "batches"
        indexes = [models.Index(fields=["owner", "-created_at"])]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the batch's page."""
        return reverse("stylizer:batch", args=[self.id])
