"""What the API says of photos."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.reverse import reverse

from stylizer.models import Photo
from stylizer.style_previews import previews_of


class PhotoSerializer(serializers.ModelSerializer[Photo]):
    """A photo."""

    url = serializers.HyperlinkedIdentityField("api:photo-detail")
    picture_url = serializers.HyperlinkedIdentityField("api:photo-picture")

    class Meta:
        model = Photo
        fields = ["id", "url", "name", "byte_size", "sha256", "width", "height", "picture_url", "created_at"]
        read_only_fields = fields


class PhotoPreviewsSerializer(serializers.Serializer[Photo]):
    """A photo's small paintings."""

    previews = serializers.SerializerMethodField(help_text="Address of each that is there, by the style's slug.")
    waiting = serializers.SerializerMethodField(help_text="How many are still to be painted.")

    def get_previews(self, photo: Photo) -> dict[str, str]:
        """Return the addresses."""
        return {
            slug: str(reverse("api:photo-preview", args=[photo.pk, slug], request=self.context["request"]))
            for slug in self._known(photo)["previews"]
        }

    def get_waiting(self, photo: Photo) -> int:
        """Return how many."""
        waiting: int = self._known(photo)["waiting"]
        return waiting

    def _known(self, photo: Photo) -> dict[str, Any]:
        if not hasattr(self, "_previews"):
            self._previews = previews_of(photo)
        return self._previews
