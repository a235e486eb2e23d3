"""A photo somebody uploaded, which any number of jobs may paint."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models


class PhotoQuerySet(models.QuerySet["Photo"]):
    """Queries named after what they answer."""

    def visible_to(self, user: Any) -> PhotoQuerySet:
        """Return the photos ``user`` may see: their own; nobody's for an anonymous visitor."""
        return self.filter(owner=user) if user.is_authenticated else self.none()

    def unused(self) -> PhotoQuerySet:
        """Return the photos that no job paints or has painted."""
        return self.filter(stylizations=None)


def _photo_path(photo: Photo, name: str) -> str:
    return f"photos/{photo.id.hex[:2]}/{photo.id}/{name}"


def file_path(photo: Photo, filename: str) -> str:
    """Return where the upload goes: its own name and suffix are the sender's word and are dropped."""
    return _photo_path(photo, "photo")


def before_path(photo: Photo, filename: str) -> str:
    """Return where the upright, re-encoded copy goes."""
    return _photo_path(photo, "before.jpg")


class Photo(models.Model):
    """An upload as it was sent, and a small upright copy of it to show. Neither changes after the row is made.

    Photos of before 2026-11-25 lie in their job's folder, where they were stored with the job.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="photos")
    name = models.CharField(max_length=100, blank=True, editable=False, help_text="As the sender named it; to show.")
    file = models.FileField(upload_to=file_path, max_length=200, editable=False)
    byte_size = models.PositiveBigIntegerField(editable=False, help_text="Of the file.")
    sha256 = models.CharField(max_length=64, blank=True, editable=False, help_text="Of the file; empty: not known.")
    width = models.PositiveIntegerField(editable=False, help_text="Upright, pixels.")
    height = models.PositiveIntegerField(editable=False, help_text="Upright, pixels.")
    before = models.FileField(upload_to=before_path, max_length=200, editable=False)
    before_width = models.PositiveIntegerField(editable=False)
    before_height = models.PositiveIntegerField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PhotoQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["owner", "-created_at"]), models.Index(fields=["created_at"])]

    def __str__(self) -> str:
        return f"{self.name or 'photo'}, {self.width} × {self.height} px"
