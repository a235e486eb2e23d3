"""A saved painting."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse

from gallery.models.artwork_queries import ON_SHOW, ArtworkQuerySet
from gallery.search_text import fold, searchable
from mlcore.picture_size import fitted_size
from stylizer.models import PaintChoices, Style, Stylization

LARGE_THUMBNAIL_SIDE = 960


def _path(artwork: Artwork, name: str) -> str:
    return f"artworks/{artwork.id.hex[:2]}/{artwork.id}/{name}"


def image_path(artwork: Artwork, filename: str) -> str:
    """Return where the picture goes."""
    return _path(artwork, f"image{artwork.suffix}")


def thumbnail_path(artwork: Artwork, filename: str) -> str:
    """Return where its thumbnail goes."""
    return _path(artwork, "thumbnail.webp")


def large_thumbnail_path(artwork: Artwork, filename: str) -> str:
    """Return where its larger thumbnail goes."""
    return _path(artwork, "thumbnail-large.webp")


class Artwork(PaintChoices):
    """A saved painting. It has its own copy of the files, so clearing the history takes nothing from the gallery.

    It is kept or in the trash (``trashed_at``), published or not (``is_public``), and staff may have hidden it
    (``hidden_at``). Who may see it is decided in one place: ``Artwork.objects.visible_to(user)``.
    """

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
    # Empty for works saved before there was one, and where the picture is no larger than the small one; thumbnails.py
    # makes it when it is first asked for.
    large_thumbnail = models.FileField(upload_to=large_thumbnail_path, max_length=200, blank=True, editable=False)
    is_public = models.BooleanField("public", default=False)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    trashed_at = models.DateTimeField(null=True, blank=True, editable=False)
    hidden_at = models.DateTimeField(null=True, blank=True, editable=False)
    hidden_reason = models.CharField(max_length=300, blank=True, editable=False, help_text="Shown to its owner.")
    hidden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    star_count = models.PositiveIntegerField("stars", default=0, editable=False)
    title_key = models.TextField(default="", editable=False, help_text="The title as it is sorted.")
    search_text = models.TextField(default="", editable=False, help_text="Title, style and owner as they are searched.")

    objects = ArtworkQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        # One for each order of each list, ending in the key so that a page can start behind any row (keyset.py).
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="artwork_owner_newest"),
            models.Index(fields=["-published_at", "-id"], condition=ON_SHOW, name="artwork_shown_newest"),
            models.Index(
                fields=["-star_count", "-published_at", "-id"], condition=ON_SHOW, name="artwork_shown_starred"
            ),
            models.Index(fields=["title_key", "id"], condition=ON_SHOW, name="artwork_shown_title"),
            models.Index(fields=["style", "-published_at", "-id"], condition=ON_SHOW, name="artwork_style_newest"),
            models.Index(
                fields=["style", "-star_count", "-published_at", "-id"],
                condition=ON_SHOW,
                name="artwork_style_starred",
            ),
            models.Index(fields=["trashed_at"], condition=models.Q(trashed_at__isnull=False), name="artwork_trash"),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the columns for sorting and searching in step with the title."""
        fields: Iterable[str] | None = kwargs.get("update_fields")
        if fields is None or "title" in fields:
            self.index_words()
        if fields is not None and "title" in fields:
            kwargs["update_fields"] = {*fields, "title_key", "search_text"}
        super().save(*args, **kwargs)

    def index_words(self) -> None:
        """Set the columns for sorting and searching; for ``bulk_create()``, which does not call ``save()``."""
        self.title_key = fold(self.title)
        self.search_text = searchable(self.title, self.style.name, self.style.artist, self.owner.get_username())

    def get_absolute_url(self) -> str:
        """Return the artwork's page."""
        return reverse("gallery:detail", args=[self.id])

    @property
    def is_trashed(self) -> bool:
        """Whether its owner deleted it and may still restore it."""
        return self.trashed_at is not None

    @property
    def is_hidden(self) -> bool:
        """Whether staff hid it."""
        return self.hidden_at is not None

    @property
    def is_on_show(self) -> bool:
        """Whether everybody sees it."""
        return self.is_public and not self.is_trashed and not self.is_hidden

    @property
    def leaves_trash_at(self) -> datetime | None:
        """When it is deleted for good; ``None`` where it is not in the trash or the trash is emptied by hand only."""
        if self.trashed_at is None or not settings.EASEL_TRASH_DAYS:
            return None
        return self.trashed_at + timedelta(days=settings.EASEL_TRASH_DAYS)

    @property
    def large_thumbnail_size(self) -> tuple[int, int] | None:
        """Width and height of the larger thumbnail, made or not; ``None`` where the small one is as large."""
        if max(self.image_width, self.image_height) <= max(self.thumbnail_width, self.thumbnail_height):
            return None
        side = min(LARGE_THUMBNAIL_SIDE, max(self.image_width, self.image_height))
        return fitted_size(self.image_width, self.image_height, side)
