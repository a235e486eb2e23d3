"""Looking a thing up for somebody: 404 where it is not theirs to see, since whether it exists is nobody's business."""

from __future__ import annotations

import uuid

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from gallery.models import Album, Artwork


def visible_artwork(request: HttpRequest, pk: uuid.UUID) -> Artwork:
    """Return a work that the visitor may see."""
    return get_object_or_404(Artwork.objects.visible_to(request.user).select_related("style", "owner"), pk=pk)


def own_artwork(request: HttpRequest, pk: uuid.UUID) -> Artwork:
    """Return a work that the visitor keeps; not one in the trash."""
    return get_object_or_404(Artwork.objects.owned_by(request.user).select_related("style", "owner"), pk=pk)


def own_album(request: HttpRequest, pk: int) -> Album:
    """Return one of the visitor's own albums."""
    return get_object_or_404(Album.objects.visible_to(request.user), pk=pk)
