"""An unlisted link: whoever has it sees one work, signed in or not."""

from __future__ import annotations

import secrets

from django.db import models
from django.urls import reverse
from django.utils import timezone

from gallery.models.artwork import Artwork

TOKEN_BYTES = 24
"""192 bits: not to be found by trying."""


def new_token() -> str:
    """Return a token that nobody can guess, fit for a URL."""
    return secrets.token_urlsafe(TOKEN_BYTES)


class UnlistedLink(models.Model):
    """A way to one work, until it expires or its owner takes it back, which deletes the row."""

    artwork = models.ForeignKey(Artwork, on_delete=models.CASCADE, related_name="links")
    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"link to {self.artwork_id}"

    def get_absolute_url(self) -> str:
        """Return the page it leads to."""
        return reverse("gallery:link", args=[self.token])

    @property
    def is_expired(self) -> bool:
        """Whether it leads nowhere any more."""
        return self.expires_at is not None and self.expires_at <= timezone.now()
