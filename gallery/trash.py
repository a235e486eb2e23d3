"""What is deleted stays in its owner's trash for a while."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from gallery.models import Artwork, ArtworkQuerySet
from gallery.reporting import remember_hiding
from stylizer.files import delete_files

BATCH = 200


class Emptied(NamedTuple):
    """What left the trash for good."""

    artworks: int
    bytes: int


def move_to_trash(artworks: ArtworkQuerySet) -> int:
    """Take these out of sight, of everybody but their owner; return how many."""
    return artworks.filter(trashed_at__isnull=True).update(trashed_at=timezone.now())


def restore(artworks: ArtworkQuerySet) -> int:
    """Bring these back as they were, with stars, links and albums; return how many."""
    return artworks.filter(trashed_at__isnull=False).update(trashed_at=None)


def delete_for_good(artworks: ArtworkQuerySet) -> Emptied:
    """Delete these rows, if they are in the trash, then, once that is certain, their files."""
    with transaction.atomic():
        # Locked: one that its owner restores at this moment is either restored or deleted, never half of each.
        going = list(artworks.filter(trashed_at__isnull=False).select_for_update(of=("self",)).order_by("pk"))
        files = [file for row in going for file in (row.image, row.thumbnail, row.large_thumbnail)]
        size = sum(_size(file) for file in files)
        remember_hiding(going)
        Artwork.objects.filter(pk__in=[row.pk for row in going]).delete()
        transaction.on_commit(lambda: delete_files(*files))
    return Emptied(len(going), size)


def expired() -> ArtworkQuerySet:
    """Return what has been in the trash for longer than it stays there."""
    if not settings.EASEL_TRASH_DAYS:
        return Artwork.objects.none()
    limit = timezone.now() - timedelta(days=settings.EASEL_TRASH_DAYS)
    return Artwork.objects.filter(trashed_at__lte=limit)


def empty_trash() -> Emptied:
    """Delete for good what has been in the trash for too long, some rows at a time; say what went."""
    total = Emptied(0, 0)
    while batch := list(expired().values_list("pk", flat=True)[:BATCH]):
        went = delete_for_good(Artwork.objects.filter(pk__in=batch))
        total = Emptied(total.artworks + went.artworks, total.bytes + went.bytes)
    return total


def _size(file: object) -> int:
    try:
        return int(file.size) if file else 0  # type: ignore[attr-defined]
    except OSError:  # its file is gone already
        return 0
