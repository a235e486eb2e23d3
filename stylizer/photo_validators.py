"""Looking at an upload before trusting it: first bytes and header, only then the pixels."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import BinaryIO

from django.conf import settings
from django.core.files.base import File
from PIL import Image, ImageOps, UnidentifiedImageError

from mlcore.errors import ImageError
from mlcore.image_io import fitted_size, megapixels, open_photo
from stylizer.rejections import Rejected

ACCEPTED_FORMATS = ("JPEG", "PNG", "WEBP")
BEFORE_SIDE = 1024
"""Longest side of the photo as it is shown beside the painting, pixels."""
_ORIENTATION = 0x0112
_TURNED_BY_90_DEGREES = (5, 6, 7, 8)


@dataclass(frozen=True)
class CheckedPhoto:
    """A photo that was decoded to its end once: its upright size, and a small upright copy to show."""

    width: int
    height: int
    before: Image.Image


def check_photo(upload: File[bytes] | None) -> CheckedPhoto:
    """Return facts of an uploaded photo.

    Raises:
        Rejected: missing, empty, too large, not JPEG, PNG or WebP, too many pixels, or damaged.
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
    before.info.clear()  # comments and the like, which Pillow would write into the copy
    return CheckedPhoto(width, height, before)


def _read_header(file: BinaryIO) -> tuple[int, int]:
    """Return (width, height) as a person sees the photo, without decoding it."""
    try:
        file.seek(0)
        with warnings.catch_warnings():
            # Pillow warns of large images; the limit below is stricter and says so better.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(file, formats=ACCEPTED_FORMATS) as image:
                width, height = image.size
                # Before EXIF: of a PNG, Pillow decodes the whole picture to find it.
                if width * height > settings.EASEL_MAX_PHOTO_PIXELS:
                    raise _too_many_pixels(f"{megapixels(width, height):g} million")
                orientation = image.getexif().get(_ORIENTATION, 1)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels("far too many") from error
    except UnidentifiedImageError as error:
        raise Rejected(
            "photo_not_an_image",
            "This file is not a photo Easel can read. Choose a JPEG, PNG or WebP.",
            field="photo",
        ) from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise Rejected(
            "photo_damaged",
            "This photo is damaged or incomplete and cannot be opened. Export or copy it again.",
            field="photo",
        ) from error
    return (height, width) if orientation in _TURNED_BY_90_DEGREES else (width, height)


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
    return ImageOps.contain(image, fitted_size(image.width, image.height, side), Image.Resampling.LANCZOS)
