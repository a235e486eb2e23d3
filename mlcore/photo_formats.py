"""Which picture files are read, and opening one: its header only, its size checked, no other decoder tried."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError
from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import TiffImageFile

from mlcore.errors import ImageError

PHOTO_FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF", "TIFF", "GIF", "BMP")
"""Pillow's names. Its other decoders are never tried: one of them runs Ghostscript."""
PHOTO_KINDS = "JPEG, PNG, WebP, AVIF, HEIC, TIFF or GIF"
"""The same in words, for messages."""
IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".heif", ".tif", ".tiff", ".gif", ".bmp"}
)
MAX_PIXELS = 200_000_000
"""Larger pictures are refused before they are decoded."""

# Pillow warns above this and refuses only above twice as much; open_image refuses both.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS

_TILE_WIDTH, _TILE_HEIGHT = 322, 323


def open_image(source: Path | BinaryIO | bytes, formats: Sequence[str] = PHOTO_FORMATS) -> ImageFile:
    """Open a picture by its content, whatever its name says, without decoding it.

    Args:
        source: a path, an open binary file or the bytes.
        formats: which of :data:`PHOTO_FORMATS` are tried.

    Raises:
        ImageError: more than :data:`MAX_PIXELS`.
        Exception: nearly any, of Pillow's and its decoders; :func:`image_errors` makes them ImageErrors.
    """
    _register_heif()
    image = Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=tuple(formats))
    try:
        sizes = [image.size]
        if isinstance(image, TiffImageFile):
            # A tile is decoded whole, however little of it belongs to the picture.
            sizes.append((image.tag_v2.get(_TILE_WIDTH, 0), image.tag_v2.get(_TILE_HEIGHT, 0)))
        for width, height in sizes:
            if width * height > MAX_PIXELS:
                raise _too_many_pixels(str(source) if isinstance(source, Path) else "The file")
    except BaseException:
        image.close()
        raise
    return image


@contextmanager
def image_errors(source: object) -> Iterator[None]:
    """Turn whatever opening and decoding ``source`` raises inside into an ImageError that names it."""
    name = str(source) if isinstance(source, Path) else "The file"
    try:
        yield
    except UnidentifiedImageError as error:
        raise ImageError(f"{name} is not an image this program can read. Give a {PHOTO_KINDS}.") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(name) from error
    except MemoryError as error:
        raise ImageError(f"There is not enough memory to decode {name}.", code="image_too_large") from error
    except FileNotFoundError as error:
        raise ImageError(f"There is no file {name}.") from error
    except ImageError:
        raise
    except Exception as error:  # Pillow's decoders raise nearly anything, struct.error included, on damaged bytes
        raise ImageError(f"{name} is damaged or incomplete and cannot be decoded ({error}).") from error


def _too_many_pixels(name: str) -> ImageError:
    return ImageError(
        f"{name} has more than {MAX_PIXELS // 1_000_000} megapixels: make it smaller first.", code="image_too_large"
    )


@lru_cache(maxsize=1)
def _register_heif() -> None:
    # Here, for whoever reads no photo need not wait for its library.
    import pillow_heif

    # What is not looked at need not be parsed; and embedded thumbnails are worse than the photo made small.
    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
