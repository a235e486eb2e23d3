"""A link that lets one person create an account."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.utils import timezone


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Queries named after what they answer."""

    def usable(self) -> InvitationQuerySet:
        """Return the invitations that nobody used and that have not expired."""
        return self.filter(used_at=None, expires_at__gt=timezone.now())

    def of_link(self, token: str) -> Invitation | None:
        """Return the usable invitation whose link ends in ``token``."""
        return self.usable().filter(token_hash=_hashed(token)).first()


class Invitation(models.Model):
    """Made by staff, used once. The link cannot be read from the row: only a hash of it is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    email = models.EmailField(
        "e-mail address", blank=True, help_text="Only an account with this address can be made; empty: any."
    )
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="invitations_made"
    )
    # With the account goes the address it was invited by.
    used_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, editable=False, related_name="invitations_used"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"Invitation for {self.email or 'anyone'}"

    @classmethod
    def issue(cls, invited_by: User, *, email: str = "", days: int = 7) -> tuple[Invitation, str]:
        """Return a new invitation and the secret end of its link, which is known only now."""
        invitation = cls(invited_by=invited_by, email=email.lower())
        token = invitation.make_link(days)
        invitation.save(force_insert=True)
        return invitation, token

    def make_link(self, days: int) -> str:
        """Return the secret end of a new link, good for ``days``; the caller saves the row, which keeps only a hash."""
        token = secrets.token_urlsafe(32)
        self.token_hash = _hashed(token)
        self.expires_at = timezone.now() + timedelta(days=days)
        return token

    @property
    def is_usable(self) -> bool:
        """Whether an account can be made with it."""
        return self.used_at is None and self.expires_at > timezone.now()

    def use(self, user: User) -> bool:
        """Note that ``user`` came by it; False when somebody else was quicker or its time is over."""
        return bool(Invitation.objects.usable().filter(pk=self.pk).update(used_by=user, used_at=timezone.now()))


def _hashed(token: str) -> str:
    # No salt and no slow hash: the token has 256 bits of chance, so nobody can try them out.
    return hashlib.sha256(token.encode()).hexdigest()
