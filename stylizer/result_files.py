"""Storing what was painted: files only, for the caller to name in the row. Needs no torch."""

from __future__ import annotations

from django.core.files.base import ContentFile
from PIL import Image

from mlcore.image_io import encode_image
from mlcore.master_file import encode_master
from mlcore.provenance import Provenance
from stylizer.models import Stylization
from stylizer.photo_validators import make_thumbnail

THUMBNAIL_SIDE = 480


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
    job.thumbnail.save("thumbnail", ContentFile(encode_image(thumbnail, "WEBP", 82)), save=False)
