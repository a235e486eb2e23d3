"""Where somebody wants to be told that their jobs have ended."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from stylizer.webhooks.sealed_secret import new_secret, seal, unseal


class Event(models.TextChoices):
    """What can be told of."""

    SUCCEEDED = "stylization.succeeded"
    FAILED = "stylization.failed"
    CANCELLED = "stylization.cancelled"
    BATCH_FINISHED = "batch.finished"


PING = "ping"
"""What a test delivery is called; nobody asks for it by name."""


class WebhookQuerySet(models.QuerySet["Webhook"]):
    """Queries named after what they answer."""

    def visible_to(self, user: Any) -> WebhookQuerySet:
        """Return the webhooks ``user`` may see: their own; nobody's for an anonymous visitor."""
        return self.filter(owner=user) if user.is_authenticated else self.none()

    def active(self) -> WebhookQuerySet:
        """Return those that are told."""
        return self.filter(is_active=True)


class Webhook(models.Model):
    """An address and the events it wants. Its secret is kept sealed, since it has to sign."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="webhooks")
    target_url = models.CharField(max_length=500)
    events = models.JSONField(default=list)
    sealed_secret = models.TextField(editable=False)
    is_active = models.BooleanField(default=True)
    disabled_at = models.DateTimeField(null=True, editable=False, help_text="When Easel gave up on it.")
    disabled_reason = models.CharField(max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.target_url

    def renew_secret(self) -> str:
        """Return a new secret, which is shown now and never again; the caller saves the row."""
        secret = new_secret()
        self.sealed_secret = seal(secret)
        return secret

    @property
    def signing_secret(self) -> str:
        """The secret.

        Raises:
            Unreadable: it was sealed under another SECRET_KEY.
        """
        return unseal(self.sealed_secret)

    def disable(self, reason: str) -> None:
        """Stop telling it anything, for a reason its owner reads."""
        Webhook.objects.filter(pk=self.pk, is_active=True).update(
            is_active=False, disabled_at=timezone.now(), disabled_reason=reason[:300]
        )
