"""Reading and writing pictures: orientation, colour profile, transparency, exact sizes. Needs no torch."""

from __future__ import annotations

import io
import math
import os
import secrets
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from mlcore.errors import ImageError

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})
ORIGINAL: Literal["original"] = "original"
MAX_PIXELS = 200_000_000
"""Larger pictures are refused before they are decoded."""

# Pillow warns above this and refuses only above twice as much; open_photo refuses both.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS

_EXIF_ORIENTATION = 0x0112
_SIDEWAYS = (5, 6, 7, 8)
_FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP"}


def fitted_size(width: int, height: int, longest_side: int) -> tuple[int, int]:
    """Return (width, height) with the longest side exactly ``longest_side``, the aspect kept to the nearest pixel."""
    scale = longest_side / max(width, height)
    return (
        longest_side if width >= height else max(1, round(width * scale)),
        longest_side if height >= width else max(1, round(height * scale)),
    )


def open_photo(source: Path | BinaryIO | bytes, *, longest_side: int | None = None) -> Image.Image:
    """Decode a photo as people see it.

    EXIF orientation is applied, an embedded colour profile is converted to sRGB, transparency is laid on white,
    and only the first frame of an animation is read.

    Args:
        source: a path, an open binary file or the bytes.
        longest_side: the wanted longest side in pixels, up or down; ``None`` keeps the size.

    Returns:
        An RGB image, 8 bits a channel.

    Raises:
        ImageError: not an image, damaged, truncated, or of more than :data:`MAX_PIXELS`.
    """
    if longest_side is not None and longest_side < 1:
        raise ImageError(f"The size must be at least 1 pixel, not {longest_side}.", code="size_invalid")
    name = str(source) if isinstance(source, Path) else "The file"
    try:
        with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source) as image:
            size = _size_upright(image)
            if longest_side is not None:
                size = fitted_size(*size, longest_side)
                # JPEG can decode at 1/2, 1/4 or 1/8 for a fraction of the time; twice the size keeps it sharp.
                wanted_width, wanted_height = fitted_size(*image.size, longest_side)
                image.draft(None, (2 * wanted_width, 2 * wanted_height))
            image.load()
            # Orientation first: some conversions below make an image that has lost its EXIF.
            photo = _to_srgb(_upright(image))
        # `size` is of the file's own dimensions: those of a reduced decode are rounded already.
        return photo if photo.size == size else photo.resize(size, Image.Resampling.LANCZOS)
    except UnidentifiedImageError as error:
        raise ImageError(f"{name} is not an image this program can read. Give a JPEG, PNG or WebP.") from error
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


def _size_upright(image: Image.Image) -> tuple[int, int]:
    """Return (width, height) once EXIF orientation is applied, without decoding."""
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise _too_many_pixels("The image")
    return (height, width) if _orientation(image) in _SIDEWAYS else (width, height)


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_EXIF_ORIENTATION, 1))
    except Exception:  # damaged EXIF says nothing about the picture itself
        return 1


def _upright(image: Image.Image) -> Image.Image:
    return ImageOps.exif_transpose(image) if _orientation(image) in range(2, 9) else image


def _to_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I;16") or image.mode == "I":
        # 16-bit grey: Pillow's own conversion to 8 bits clips instead of scaling.
        image = Image.fromarray((np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8))
    elif image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        layered = image.convert("RGBA")
        image = Image.new("RGB", layered.size, "white")
        image.paste(layered, mask=layered.getchannel("A"))
    elif image.mode == "P":
        image = image.convert("RGB")
    if profile and image.mode in ("RGB", "CMYK", "L"):
        try:
            converted = ImageCms.profileToProfile(
                image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            converted = None  # a broken or mismatched profile: the plain conversion is the better guess
        if converted is not None:
            return converted
    return image.convert("RGB")


def centre_square(image: Image.Image, side: int) -> Image.Image:
    """Return the middle square of ``image``, its side the shorter one, resized to ``side`` × ``side`` pixels."""
    short = min(image.size)
    left, top = (image.width - short) / 2, (image.height - short) / 2
    return image.resize((side, side), Image.Resampling.LANCZOS, box=(left, top, left + short, top + short))


def encode_image(image: Image.Image, image_format: str = "JPEG", quality: int = 92) -> bytes:
    """Return the file's bytes; ``quality`` is 1 to 100 and only for JPEG and WebP.

    Raises:
        ImageError: the format cannot hold a picture of this size (JPEG: 65,535 pixels a side, WebP: 16,383).
    """
    buffer = io.BytesIO()
    try:
        if image_format == "PNG":
            image.save(buffer, "PNG", compress_level=4)
        else:
            # 4:4:4: chroma subsampling smears saturated brushwork.
            image.save(buffer, image_format, quality=quality, **({"subsampling": 0} if image_format == "JPEG" else {}))
    except (OSError, ValueError) as error:
        raise ImageError(
            f"{image_format} cannot hold a picture of {image.width}×{image.height} pixels ({error}). "
            "Choose a smaller size or PNG.",
            code="image_too_large",
        ) from error
    return buffer.getvalue()


def save_image(image: Image.Image, path: Path, quality: int = 92) -> None:
    """Write ``image`` in the format of the path's suffix, to a temporary file and then renamed.

    Raises:
        ImageError: the suffix names no format that can be written, or the format cannot hold the size.
        OSError: the file cannot be written.
    """
    image_format = writable_format(path)
    write_atomically(path, encode_image(image, image_format, quality))


def writable_format(path: Path) -> str:
    """Return Pillow's name of the format that ``path``'s suffix means.

    Raises:
        ImageError: no format that can be written.
    """
    image_format = _FORMATS.get(path.suffix.lower())
    if image_format is None:
        raise ImageError(f"Cannot write {path}: the name must end in .jpg, .png or .webp.", code="format_unsupported")
    return image_format


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader, or a crash, sees the old one or the new one and never a part.

    Raises:
        OSError: the folder or the file cannot be written; nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".{path.name[:100]}.{secrets.token_hex(6)}.tmp"
    # Not tempfile: its files are for the owner alone, while a result is an ordinary file that follows the umask.
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def list_images(folder: Path) -> list[Path]:
    """Return the image files below ``folder``, sorted, by suffix; hidden files are left out."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".") and path.is_file()
    )


def megapixels(width: int, height: int) -> float:
    """Return millions of pixels, rounded up to one decimal, for messages."""
    return math.ceil(width * height / 100_000) / 10
