"""Artworks in numbers."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.utils import timezone

from gallery.models import Artwork
from stylizer.models import Style
from stylizer.tests import pictures


@pytest.fixture
def make_artwork(style: Style) -> Callable[..., Artwork]:
    """Return a function that puts a picture drawn by hand into somebody's gallery."""

    def make(owner: User, **fields: Any) -> Artwork:
        artwork = Artwork(id=uuid.uuid4(), owner=owner, style=style, title="Untitled")
        artwork.image_width, artwork.image_height = artwork.thumbnail_width, artwork.thumbnail_height = 32, 24
        for name, value in fields.items():
            setattr(artwork, name, value)
        if artwork.is_public:
            artwork.published_at = timezone.now()
        artwork.image.save("", ContentFile(pictures.jpeg(32, 24)), save=False)
        artwork.thumbnail.save("", ContentFile(pictures.encoded(pictures.photo(32, 24), "WEBP")), save=False)
        artwork.save()
        return artwork

    return make
