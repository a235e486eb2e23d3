"""A star: somebody likes a work. How many there are stands in ``Artwork.star_count`` (starring.py)."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from gallery.models.artwork import Artwork


class Star(models.Model):
    """One person's star for one work."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="stars")
    artwork = models.ForeignKey(Artwork, on_delete=models.CASCADE, related_name="stars")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-created_at", "-id"], name="star_newest")]
        constraints = [models.UniqueConstraint(fields=["user", "artwork"], name="star_once")]

    def __str__(self) -> str:
        return f"{self.user_id} stars {self.artwork_id}"
