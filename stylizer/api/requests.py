"""What the API takes, in words for its description; :mod:`stylizer.paint_choices` is what reads it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from mlcore.paint_options import MAX_BRUSH, MAX_QUALITY, MIN_BRUSH, MIN_QUALITY
from mlcore.photo_formats import PHOTO_KINDS
from stylizer.paint_choices import DEFAULTS, MAX_SIZE, MIN_SIZE

_SIZE = {
    "oneOf": [{"type": "integer", "minimum": MIN_SIZE, "maximum": MAX_SIZE}, {"type": "string", "const": "original"}],
    "default": DEFAULTS.size,
}


@extend_schema_field(_SIZE)
class SizeField(serializers.CharField):
    """A number of pixels, or "original"."""


_YES_OR_NO = {
    "oneOf": [
        {"type": "boolean"},
        {"type": "string", "enum": ["true", "1", "on", "yes", "false", "0", "off", "no"]},
        {"type": "integer", "enum": [0, 1]},
    ]
}


@extend_schema_field(_YES_OR_NO)
class YesOrNoField(serializers.BooleanField):
    """True or false, or a word for it, since a form has nothing but words."""


class LookRequestSerializer(serializers.Serializer[Any]):
    """How the painting is to look."""

    size = SizeField(required=False, help_text='Longest side of the painting, pixels, or "original".')
    strength = serializers.FloatField(
        min_value=0, max_value=1, default=DEFAULTS.strength, help_text="From 0, the photo, to 1, the painting."
    )
    keep_colors = YesOrNoField(default=DEFAULTS.keep_colors, help_text="Keep the photo's colours.")


class ChoicesRequestSerializer(LookRequestSerializer):
    """Everything one can choose about a painting."""

    brush = serializers.FloatField(
        min_value=MIN_BRUSH, max_value=MAX_BRUSH, default=DEFAULTS.brush, help_text="Width of strokes, times the usual."
    )
    format = serializers.ChoiceField(choices=["jpeg", "png", "webp"], default=DEFAULTS.format.lower())
    quality = serializers.IntegerField(
        min_value=MIN_QUALITY, max_value=MAX_QUALITY, default=DEFAULTS.quality, help_text="Of JPEG and WebP."
    )


class StylizationRequestSerializer(ChoicesRequestSerializer):
    """A photo and the style to paint it in."""

    photo = serializers.FileField(help_text=f"A {PHOTO_KINDS}.")
    style = serializers.SlugField(help_text="Slug of a style of the catalog.")  # type: ignore[assignment]


class StylizationJSONSerializer(ChoicesRequestSerializer):
    """A photo that was uploaded before, and the style to paint it in."""

    photo = serializers.UUIDField(help_text="Id of a photo of yours.")
    style = serializers.SlugField(help_text="Slug of a style of the catalog.")  # type: ignore[assignment]


class BatchJSONSerializer(ChoicesRequestSerializer):
    """Photos that were uploaded before, and the styles to paint each of them in."""

    photo = serializers.ListField(child=serializers.UUIDField(), min_length=1, help_text="Ids of photos of yours.")
    style = serializers.ListField(  # type: ignore[assignment]  # Field.style is DRF's own name
        child=serializers.SlugField(), min_length=1, help_text="Slugs of styles of the catalog."
    )


class FinishingSerializer(serializers.Serializer[Any]):
    """How a painting is finished: all of it can be changed without painting again."""

    strength = serializers.FloatField(min_value=0, max_value=1, required=False, help_text="0: the photo.")
    keep_colors = YesOrNoField(required=False, help_text="Keep the photo's colours.")
    format = serializers.ChoiceField(choices=["jpeg", "png", "webp"], required=False)
    quality = serializers.IntegerField(
        min_value=MIN_QUALITY, max_value=MAX_QUALITY, required=False, help_text="Of JPEG and WebP."
    )


class PhotoRequestSerializer(serializers.Serializer[Any]):
    """A photo to keep."""

    photo = serializers.FileField(help_text=f"A {PHOTO_KINDS}.")


class BatchRequestSerializer(ChoicesRequestSerializer):
    """Photos and the styles to paint each of them in: two paintings or more."""

    photo = serializers.ListField(child=serializers.FileField(), help_text="Repeat the field for each photo.")
    style = serializers.ListField(  # type: ignore[assignment]  # Field.style is DRF's own name
        child=serializers.SlugField(), help_text="Repeat the field for each style."
    )


class DocumentRequestSerializer(LookRequestSerializer):
    """A photo to paint while the caller waits."""

    file = serializers.FileField(help_text=f"A {PHOTO_KINDS}.")
    style = serializers.SlugField(  # type: ignore[assignment]  # Field.style is DRF's own name
        required=False, help_text="Slug of a style; the catalog's first where none is named."
    )


class DocumentErrorSerializer(serializers.Serializer[Any]):
    """An error of the two endpoints outside of /api/v1/."""

    success = serializers.BooleanField(help_text="Always false.")
    error = serializers.CharField(help_text="One or two sentences for a person.")
    code = serializers.CharField(help_text="Stable, for programs.")

    @staticmethod
    def example(code: str, detail: str) -> Any:
        """Return an error as it is answered."""
        return {"success": False, "error": detail, "code": code}


class DocumentAnswerSerializer(serializers.Serializer[Any]):
    """A painting within JSON."""

    success = serializers.BooleanField(help_text="Always true.")
    image = serializers.CharField(help_text="A data URL: `data:image/jpeg;base64,…`.")
