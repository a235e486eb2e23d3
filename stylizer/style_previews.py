"""Asking for a photo in every style of the catalog, small, and telling what is there. Needs no torch."""

from __future__ import annotations

from typing import Any

from stylizer.heartbeat import processes
from stylizer.models import Photo, Status, Style, StylePreview, Stylization
from stylizer.wake import wake_for_previews

PHOTOS_WAITING = 2
"""Of one person. Somebody who leafs through many photos gets the previews of the first two."""
LONG_QUEUE = 5
"""Waiting paintings for each worker, from which on nobody gets previews: paintings are what people came for."""


def ask_for_previews(photo: Photo) -> None:
    """Have a worker paint the photo in each published style that it was not painted in yet.

    Nothing is asked for while the queue is long, nor for a third photo of the same person; asking later helps.
    """
    wanted = set(Style.objects.published().values_list("checkpoint_sha256", flat=True))
    known = photo.style_previews.filter(checkpoint_sha256__in=wanted)
    missing = wanted - set(known.values_list("checkpoint_sha256", flat=True))
    if missing and _may_ask(photo):
        # Of two windows that ask at the same moment both find their rows there.
        StylePreview.objects.bulk_create(
            [StylePreview(photo=photo, checkpoint_sha256=sha256) for sha256 in sorted(missing)], ignore_conflicts=True
        )
    if photo.style_previews.free().exists():
        wake_for_previews(photo.pk)


def previews_of(photo: Photo) -> dict[str, Any]:
    """Return ``previews``, the address of each that is there by the style's slug, and how many are ``waiting``."""
    styles = dict(Style.objects.published().values_list("checkpoint_sha256", "slug"))
    mine = photo.style_previews.filter(checkpoint_sha256__in=styles)
    return {
        "previews": {styles[preview.checkpoint_sha256]: preview.get_absolute_url() for preview in mine.ready()},
        "waiting": mine.waiting().count(),
    }


def _may_ask(photo: Photo) -> bool:
    queued = Stylization.objects.filter(status=Status.QUEUED).count()
    if queued >= LONG_QUEUE * processes():
        return False
    others = StylePreview.objects.waiting().filter(photo__owner=photo.owner_id).exclude(photo=photo)
    return others.values("photo").distinct().count() < PHOTOS_WAITING
