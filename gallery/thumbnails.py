"""The larger of the two thumbnails, for wide tiles and dense screens."""

from __future__ import annotations

import logging

from django.core.files.base import ContentFile, File
from django.db.models.fields.files import FieldFile

from gallery.models import Artwork
from gallery.models.artwork import LARGE_THUMBNAIL_SIDE
from stylizer.files import delete_files
from stylizer.result_files import encode_thumbnail

logger = logging.getLogger(__name__)


def encode_large_thumbnail(image: File[bytes]) -> ContentFile[bytes]:
    """Return the larger thumbnail of a painting's file (WebP).

    Raises:
        OSError: the file is damaged.
    """
    return ContentFile(encode_thumbnail(image, LARGE_THUMBNAIL_SIDE))


def large_thumbnail(artwork: Artwork) -> FieldFile:
    """Return the larger thumbnail, made now if it never was; the small one where a larger one would show no more."""
    if artwork.large_thumbnail:
        return artwork.large_thumbnail
    if artwork.large_thumbnail_size is None:
        return artwork.thumbnail
    try:
        with artwork.image.open("rb") as image:
            content = encode_large_thumbnail(image)
    except OSError:
        logger.exception("artwork %s has no readable picture", artwork.pk)
        return artwork.thumbnail
    artwork.large_thumbnail.save("", content, save=False)
    # Two browsers may ask at once: the first one's file stays. Nor may a work that was deleted meanwhile leave a file.
    unmade = Artwork.objects.filter(pk=artwork.pk, large_thumbnail="")
    if not unmade.update(large_thumbnail=artwork.large_thumbnail.name):
        delete_files(artwork.large_thumbnail)
        return artwork.thumbnail
    return artwork.large_thumbnail
