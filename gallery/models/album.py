"""An album: works that somebody keeps together. Only its owner sees it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse

from gallery.models.artwork import Artwork


class AlbumQuerySet(models.QuerySet["Album"]):
    """Queries named after what they answer."""

    def visible_to(self, user: Any) -> AlbumQuerySet:
        """Return the albums ``user`` may see: their own."""
        return self.filter(owner=user) if user.is_authenticated else self.none()


class Album(models.Model):
    """A name and the works under it. Deleting it deletes no work."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="albums")
    name = models.CharField(max_length=80)
    artworks = models.ManyToManyField(Artwork, through="AlbumEntry", related_name="albums")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AlbumQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="album_name_once_per_owner")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the album's page."""
        return reverse("gallery:album", args=[self.pk])


class AlbumEntry(models.Model):
    """One work in one album."""

    album = models.ForeignKey(Album, on_delete=models.CASCADE, related_name="entries")
    artwork = models.ForeignKey(Artwork, on_delete=models.CASCADE, related_name="album_entries")
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["album", "-added_at", "-id"], name="albumentry_newest")]
        constraints = [models.UniqueConstraint(fields=["album", "artwork"], name="albumentry_once")]

    def __str__(self) -> str:
        return f"{self.artwork_id} in {self.album_id}"
