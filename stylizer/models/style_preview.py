"""One photo, small, in one style, so that people choose a style by looking at their own photo."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from stylizer.models.photo import Photo
from stylizer.models.style import Style

MAX_ATTEMPTS = 2
CLAIM_LASTS = timedelta(seconds=60)
"""A claim that is older belonged to a worker that has died."""


class StylePreviewQuerySet(models.QuerySet["StylePreview"]):
    """Queries named after what they answer."""

    def visible_to(self, user: Any) -> StylePreviewQuerySet:
        """Return the previews ``user`` may see: those of their own photos."""
        return self.filter(photo__owner=user) if user.is_authenticated else self.none()

    def ready(self) -> StylePreviewQuerySet:
        """Return those that can be looked at."""
        return self.exclude(picture="")

    def in_style(self, slug: str) -> StylePreviewQuerySet:
        """Return those in what the published style ``slug`` is now."""
        return self.filter(
            checkpoint_sha256__in=Style.objects.published().filter(slug=slug).values("checkpoint_sha256")
        )

    def waiting(self) -> StylePreviewQuerySet:
        """Return those that are still to be painted, whether or not somebody is at it."""
        claimed = Q(claimed_at__gte=timezone.now() - CLAIM_LASTS)
        return self.filter(Q(attempts__lt=MAX_ATTEMPTS) | claimed, picture="")

    def free(self) -> StylePreviewQuerySet:
        """Return those that a worker may claim."""
        claimed = Q(claimed_at__gte=timezone.now() - CLAIM_LASTS)
        return self.filter(~claimed | Q(claimed_at=None), picture="", attempts__lt=MAX_ATTEMPTS)


def picture_path(preview: StylePreview, filename: str) -> str:
    """Return where the picture goes: by claim, so that two workers never write the same file."""
    pk = preview.photo_id
    return f"photos/{pk.hex[:2]}/{pk}/style-{preview.checkpoint_sha256[:16]}-{preview.claim}.webp"


class StylePreview(models.Model):
    """A photo in a style, by the hash of the style's file: another file under the same name is another preview.

    The row is made when the preview is asked for, and ``picture`` is empty until a worker has painted it.
    """

    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="style_previews")
    checkpoint_sha256 = models.CharField(max_length=64)
    picture = models.FileField(upload_to=picture_path, max_length=200, blank=True)
    width = models.PositiveSmallIntegerField(null=True)
    height = models.PositiveSmallIntegerField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    claim = models.UUIDField(null=True, default=None, help_text="Whoever knows it may store the picture.")
    claimed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = StylePreviewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["photo", "checkpoint_sha256"], name="one_preview_of_a_photo_in_a_style")
        ]

    def __str__(self) -> str:
        return f"{self.photo} in {self.checkpoint_sha256[:12]}"

    def get_absolute_url(self) -> str:
        """Return the picture's address, for the photo's owner only."""
        return reverse("stylizer:photo_preview", args=[self.photo_id, self.checkpoint_sha256])

    def claim_it(self) -> bool:
        """Take this preview for painting; False when another worker has it, or it is there."""
        claim = uuid.uuid4()
        won = (
            StylePreview.objects.free()
            .filter(pk=self.pk)
            .update(claim=claim, claimed_at=timezone.now(), attempts=models.F("attempts") + 1)
        )
        if won:
            self.claim = claim
        return bool(won)
