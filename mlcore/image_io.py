"""Reading and writing pictures: orientation, colour profile, transparency, exact sizes. Needs no torch."""

from __future__ import annotations

import io
import math
import os
import tempfile
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError
from mlcore.errors import ImageError

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})
ORIGINAL: Literal["original"] = "original"

# Pillow's own guard warns at this many pixels and raises at twice as many; callers check dimensions before decoding.
Image.MAX_IMAGE_PIXELS = 200_000_000


def fitted_size(width: int, height: int, longest_side: int) -> tuple[int, int]:
    """Return (width, height) with the longest side exactly ``longest_side`` and the aspect kept to the nearest pixel."""
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
        ImageError: not an image, damaged, or truncated.
    """
    if longest_side is not None and longest_side < 1:
        raise ImageError(f"The size must be at least 1 pixel, not {longest_side}.", code="size_invalid")
    name = str(source) if isinstance(source, Path) else "The file"
    try:
        with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source) as image:
            if longest_side is not None:
                # JPEG can decode at 1/2, 1/4 or 1/8 for a fraction of the time; twice the size keeps it sharp.
                image.draft(None, (2 * longest_side, 2 * longest_side))
            image.load()
            # Orientation first: some conversions below make an image that has lost its EXIF.
            photo = _to_srgb(ImageOps.exif_transpose(image))
    except UnidentifiedImageError as error:
        raise ImageError(f"{name} is not an image this program can read. Give a JPEG, PNG or WebP.") from error
    except Image.DecompressionBombError as error:
        raise ImageError(f"{name} has too many pixels: {error}", code="image_too_large") from error
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
        raise ImageError(f"{name} is damaged or incomplete and cannot be decoded ({error}).") from error
    if longest_side is not None:
        size = fitted_size(photo.width, photo.height, longest_side)
        if size != photo.size:
            photo = photo.resize(size, Image.Resampling.LANCZOS)
    return photo


def _to_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        layered = image.convert("RGBA")
        image = Image.new("RGB", layered.size, "white")
        image.paste(layered, mask=layered.getchannel("A"))
    elif image.mode.startswith("I;16") or image.mode == "I":
        # 16-bit grey: Pillow's own conversion to 8 bits clips instead of scaling.
        image = Image.fromarray((np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8))
    if profile and image.mode in ("RGB", "CMYK", "L"):
        try:
            converted = ImageCms.profileToProfile(
                image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
        except (ImageCms.PyCMSError, OSError, ValueError):
            converted = None  # a broken or mismatched profile: the plain conversion is the better guess
        if converted is not None:
            return converted
    return image.convert("RGB")


def encode_image(image: Image.Image, image_format: str = "JPEG", quality: int = 92) -> bytes:
    """Return the file's bytes; ``quality`` is 1 to 100 and only for JPEG and WebP."""
    buffer = io.BytesIO()
    if image_format == "PNG":
        image.save(buffer, "PNG", compress_level=4)
    else:
        # 4:4:4: chroma subsampling smears saturated brushwork.
        image.save(buffer, image_format, quality=quality, **({"subsampling": 0} if image_format == "JPEG" else {}))
    return buffer.getvalue()


def save_image(image: Image.Image, path: Path, quality: int = 92) -> None:
    """Write ``image`` in the format of the path's suffix, to a temporary file and then renamed.

    Raises:
        ImageError: the suffix names no format that can be written.
    """
    formats = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP"}
    image_format = formats.get(path.suffix.lower())
    if image_format is None:
        raise ImageError(f"Cannot write {path}: the name must end in .jpg, .png or .webp.", code="format_unsupported")
    write_atomically(path, encode_image(image, image_format, quality))


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader, or a crash, sees the old one or the new one and never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files only the owner may read; a result is an ordinary file.
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


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
