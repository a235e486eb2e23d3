"""What a program shows to act for somebody."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.utils import timezone
from knox.models import AbstractAuthToken

MAX_TOKENS = 50
"""One person's at the same time."""
TOO_MANY_TOKENS = f"You have {MAX_TOKENS} tokens, the most one person may have. Revoke some first."
_USE_IS_NOTED_EVERY = timedelta(minutes=1)
_SHOWN_LENGTH = 12


class Scope(models.TextChoices):
    """What a token may be used for."""

    READ = "read", "Look at styles, jobs and works"
    WRITE = "write", "Queue photos and change things"
    ADMIN = "admin", "Run the server, as staff"


DEFAULT_SCOPES = (Scope.READ, Scope.WRITE)


class ApiToken(AbstractAuthToken):
    """A token as django-rest-knox keeps it, by its digest alone, with what its owner says and sees of it."""

    # The primary key is the digest, which has no place in addresses.
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=80, default="API token")
    scopes = models.CharField(max_length=40, default=" ".join(DEFAULT_SCOPES))
    last_used_at = models.DateTimeField(null=True, editable=False, help_text="Noted once a minute.")

    class Meta:
        ordering = ["-created"]
        verbose_name = "API token"

    def __str__(self) -> str:
        return self.name

    @classmethod
    def issue(
        cls, user: User, *, name: str = "API token", days: int | None, scopes: Iterable[str] = DEFAULT_SCOPES
    ) -> tuple[ApiToken, str]:
        """Return a new token of the user's and its text, which is known only now; ``days`` is ``None`` for no end."""
        expiry = None if days is None else timedelta(days=days)
        made: tuple[ApiToken, str] = cls.objects.create(user=user, expiry=expiry, name=name, scopes=" ".join(scopes))
        return made

    @property
    def beginning(self) -> str:
        """How the token begins, enough to tell it from others."""
        return str(self.token_key)[:_SHOWN_LENGTH]

    @property
    def scope_list(self) -> list[str]:
        """What it may be used for."""
        return self.scopes.split()

    @property
    def is_expired(self) -> bool:
        """Whether its time is over."""
        return self.expiry is not None and self.expiry <= timezone.now()

    def note_use(self) -> None:
        """Write down that it was used just now, if that was not written within the last minute."""
        now = timezone.now()
        recent = now - _USE_IS_NOTED_EVERY
        if self.last_used_at is None or self.last_used_at < recent:
            # In the condition again: many requests may come at once, and one write is enough.
            unnoted = Q(last_used_at=None) | Q(last_used_at__lt=recent)
            ApiToken.objects.filter(unnoted, pk=self.pk).update(last_used_at=now)


def has_room_for_a_token(user: User) -> bool:
    """Whether the user may have one more; what has expired does not count."""
    live = ApiToken.objects.filter(Q(expiry=None) | Q(expiry__gt=timezone.now()), user=user)
    return live.count() < MAX_TOKENS
