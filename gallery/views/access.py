"""Looking a thing up for somebody: 404 where it is not theirs to see, since whether it exists is nobody's business."""

from __future__ import annotations

import uuid

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from gallery.models import Album, Artwork


def visible_artwork(request: HttpRequest, pk: uuid.UUID) -> Artwork:
    """Return a work that the visitor may see."""
    return get_object_or_404(Artwork.objects.visible_to(request.user).select_related("style", "owner"), pk=pk)


def visible_files(request: HttpRequest, pk: uuid.UUID) -> Artwork:
    """Return a work whose pictures the visitor may see, with what sending them needs.

    A page brings a dozen of them, most of which everybody may see: those are found without asking who the visitor is.
    """
    works = Artwork.objects.for_files()
    for on_show in works.public().filter(pk=pk):
        return on_show
    return get_object_or_404(works.visible_to(request.user), pk=pk)


def own_artwork(request: HttpRequest, pk: uuid.UUID) -> Artwork:
    """Return a work that the visitor keeps; not one in the trash."""
    return get_object_or_404(Artwork.objects.owned_by(request.user).select_related("style", "owner"), pk=pk)


def own_album(request: HttpRequest, pk: int) -> Album:
    """Return one of the visitor's own albums."""
    return get_object_or_404(Album.objects.visible_to(request.user), pk=pk)
