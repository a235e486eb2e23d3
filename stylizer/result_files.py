"""Storing what was painted: files only, for the caller to name in the row. Needs no torch."""

from __future__ import annotations

from django.core.files.base import ContentFile, File
from PIL import Image

from mlcore.image_io import encode_image
from mlcore.master_file import encode_master
from mlcore.provenance import Provenance
from stylizer.models import Stylization
from stylizer.photo_validators import make_thumbnail

THUMBNAIL_SIDE = 480
_QUALITY = 82
"""Of thumbnails, which are WebP."""


def store_master(job: Stylization, master: Image.Image, provenance: Provenance) -> None:
    """Store a painting as it is before its finishing."""
    job.master.save("master", ContentFile(encode_master(master, provenance)), save=False)


def store_result(job: Stylization, content: bytes, picture: Image.Image) -> None:
    """Store a finished file and the thumbnail of what it shows, and note their sizes.

    Their names come from the job's lease token and format.
    """
    thumbnail = make_thumbnail(picture, THUMBNAIL_SIDE)
    job.result_width, job.result_height = picture.size
    job.thumbnail_width, job.thumbnail_height = thumbnail.size
    job.result.save("result", ContentFile(content), save=False)
    job.thumbnail.save("thumbnail", ContentFile(encode_image(thumbnail, "WEBP", _QUALITY)), save=False)


def encode_thumbnail(painting: File[bytes], side: int) -> bytes:
    """Return the picture in a painting's file with its longest side at most ``side`` pixels (WebP).

    Raises:
        OSError: the file is damaged.
    """
    with Image.open(painting) as picture:
        # A JPEG is decoded at half or a quarter of its size where that is enough.
        picture.draft("RGB", (2 * side, 2 * side))
        mode = "RGBA" if picture.has_transparency_data else "RGB"
        return encode_image(make_thumbnail(picture.convert(mode), side), "WEBP", _QUALITY)
