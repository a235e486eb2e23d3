"""Looking at an upload before trusting it: first bytes and header, only then the pixels."""

from __future__ import annotations

import threading
import warnings
from dataclasses import dataclass
from typing import BinaryIO

from django.conf import settings
from django.core.files.base import File
from PIL import Image, UnidentifiedImageError

from mlcore.errors import ImageError
from mlcore.image_io import fitted_size, megapixels, open_photo
from mlcore.photo_file import upright_size
from mlcore.photo_formats import PHOTO_KINDS, open_image
from stylizer.rejections import Rejected, server_busy

ACCEPTED_FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF", "TIFF", "GIF")
"""Pillow's names. PHOTO_KINDS says the same in words, and forms.py in types for the browser."""
BEFORE_SIDE = 1000
"""Longest side of the photo as it is shown beside the painting, pixels. So that JPEG photos of 3,000 and
of 6,000, which are many, may be decoded at a half and a quarter: that takes half as long."""
_PATIENCE = 20
"""Seconds that a photo waits for those before it in this process."""
# Each takes hundreds of megabytes for a large photo, which a file too small for the gate of uploads may be as well.
_decoders = threading.BoundedSemaphore(2)


@dataclass(frozen=True)
class CheckedPhoto:
    """A photo that was decoded to its end once: its upright size, and a small upright copy to show."""

    width: int
    height: int
    before: Image.Image


def check_photo(upload: File[bytes] | None) -> CheckedPhoto:
    """Return facts of an uploaded photo.

    Raises:
        Rejected: missing, empty, too large, none of the accepted formats, too many pixels, damaged, or the server is
            busy (503).
    """
    if upload is None:
        raise Rejected("photo_missing", "Choose a photo: nothing was uploaded.", field="photo")
    if not upload.size:
        raise Rejected("photo_empty", "This file is empty. Choose a photo again.", field="photo")
    if upload.size > settings.EASEL_MAX_UPLOAD_BYTES:
        raise Rejected(
            "photo_too_large",
            f"This file has {upload.size / 1e6:.0f} MB; at most {settings.EASEL_MAX_UPLOAD_BYTES / 1e6:.0f} MB are "
            "accepted. Save it smaller or as JPEG.",
            field="photo",
        )
    file: BinaryIO = upload.file  # type: ignore[assignment]  # File wraps an open binary file
    if not _decoders.acquire(timeout=_PATIENCE):
        raise server_busy()
    try:
        return _decode(file)
    finally:
        _decoders.release()


def _decode(file: BinaryIO) -> CheckedPhoto:
    width, height = _read_header(file)
    try:
        file.seek(0)
        # Decodes every byte, so a truncated file is found now and not in the worker.
        before = open_photo(file, longest_side=min(BEFORE_SIDE, max(width, height)))
    except ImageError as error:
        raise Rejected(
            "photo_damaged",
            "This photo is damaged or incomplete and cannot be opened. Export or copy it again.",
            field="photo",
        ) from error
    finally:
        file.seek(0)
    return CheckedPhoto(width, height, before)


def _read_header(file: BinaryIO) -> tuple[int, int]:
    """Return (width, height) as a person sees the photo, without decoding it."""
    try:
        file.seek(0)
        with warnings.catch_warnings():
            # Pillow warns of large images; the limit below is stricter and says so better.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with open_image(file, ACCEPTED_FORMATS) as image:
                width, height = image.size
                # Before EXIF: of a PNG, Pillow decodes the whole picture to find it.
                if width * height > settings.EASEL_MAX_PHOTO_PIXELS:
                    raise _too_many_pixels(f"{megapixels(width, height):g} million")
                return upright_size(image)
    except (Image.DecompressionBombError, ImageError) as error:
        raise _too_many_pixels("far too many") from error
    except UnidentifiedImageError as error:
        raise Rejected(
            "photo_not_an_image",
            f"This file is not a photo Easel can read. Choose a {PHOTO_KINDS}.",
            field="photo",
        ) from error
    except Rejected:
        raise
    except Exception as error:  # damaged bytes make decoders raise nearly anything
        raise Rejected(
            "photo_damaged",
            "This photo is damaged or incomplete and cannot be opened. Export or copy it again.",
            field="photo",
        ) from error


def _too_many_pixels(count: str) -> Rejected:
    limit = settings.EASEL_MAX_PHOTO_PIXELS / 1e6
    return Rejected(
        "photo_too_many_pixels",
        f"This photo has {count} pixels; at most {limit:g} million are accepted. Save it smaller.",
        field="photo",
    )


def make_thumbnail(image: Image.Image, side: int) -> Image.Image:
    """Return ``image`` with its longest side at most ``side`` pixels."""
    if max(image.size) <= side:
        return image
    return image.resize(fitted_size(image.width, image.height, side), Image.Resampling.LANCZOS)
