"""What people keep and show."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from stylizer.models import PaintChoices, Style, Stylization


class ArtworkQuerySet(models.QuerySet["Artwork"]):
    """Queries named after what they answer."""

    def public(self) -> ArtworkQuerySet:
        """Return what everybody may see, latest published first."""
        return self.filter(is_public=True).order_by("-published_at", "-created_at")

    def owned_by(self, user: Any) -> ArtworkQuerySet:
        """Return what ``user`` saved; nothing for an anonymous visitor."""
        return self.filter(owner=user) if user.is_authenticated else self.none()

    def visible_to(self, user: Any) -> ArtworkQuerySet:
        """Return what is public, and what ``user`` owns."""
        mine = Q(owner=user) if user.is_authenticated else Q()
        return self.filter(Q(is_public=True) | mine)


def image_path(artwork: Artwork, filename: str) -> str:
    """Return where the picture goes."""
    return f"artworks/{artwork.id.hex[:2]}/{artwork.id}/image{artwork.suffix}"


def thumbnail_path(artwork: Artwork, filename: str) -> str:
    """Return where its thumbnail goes."""
    return f"artworks/{artwork.id.hex[:2]}/{artwork.id}/thumbnail.webp"


class Artwork(PaintChoices):
    """A saved painting. It has its own copy of the files, so clearing the history takes nothing from the gallery."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="artworks")
    style = models.ForeignKey(Style, on_delete=models.PROTECT, related_name="artworks")
    stylization = models.OneToOneField(
        Stylization, on_delete=models.SET_NULL, null=True, blank=True, related_name="artwork"
    )
    title = models.CharField(max_length=120)
    image = models.FileField(upload_to=image_path, max_length=200, editable=False)
    image_width = models.PositiveIntegerField(editable=False)
    image_height = models.PositiveIntegerField(editable=False)
    thumbnail = models.FileField(upload_to=thumbnail_path, max_length=200, editable=False)
    thumbnail_width = models.PositiveIntegerField(editable=False)
    thumbnail_height = models.PositiveIntegerField(editable=False)
    is_public = models.BooleanField("public", default=False)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ArtworkQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["owner", "-created_at"]),
            models.Index(fields=["is_public", "-published_at"]),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the artwork's page."""
        return reverse("gallery:detail", args=[self.id])
