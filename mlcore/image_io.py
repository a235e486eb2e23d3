"""Reading and writing pictures: orientation, colour profile, transparency, exact sizes. Needs no torch."""

from __future__ import annotations

import io
import os
import secrets
from pathlib import Path
from typing import Any, BinaryIO, Literal

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from mlcore.errors import ImageError
from mlcore.photo_file import read_photo
from mlcore.photo_formats import IMAGE_SUFFIXES, MAX_PIXELS
from mlcore.picture_size import fitted_size, megapixels

__all__ = [
    "IMAGE_SUFFIXES",
    "MAX_PIXELS",
    "ORIGINAL",
    "centre_square",
    "encode_image",
    "fitted_size",
    "list_images",
    "megapixels",
    "open_photo",
    "save_image",
    "writable_format",
    "write_atomically",
]

ORIGINAL: Literal["original"] = "original"
_FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP"}


def open_photo(source: Path | BinaryIO | bytes, *, longest_side: int | None = None) -> Image.Image:
    """Decode a photo as people see it, only its picture: :func:`mlcore.photo_file.read_photo` tells how.

    Args:
        source: a path, an open binary file or the bytes.
        longest_side: the wanted longest side in pixels, up or down; ``None`` keeps the size.

    Returns:
        An RGB image, 8 bits a channel, transparency laid on white.

    Raises:
        ImageError: not an image, damaged, truncated, or of more than :data:`MAX_PIXELS`.
    """
    return read_photo(source, longest_side=longest_side).image


def centre_square(image: Image.Image, side: int) -> Image.Image:
    """Return the middle square of ``image``, its side the shorter one, resized to ``side`` × ``side`` pixels."""
    short = min(image.size)
    left, top = (image.width - short) / 2, (image.height - short) / 2
    return image.resize((side, side), Image.Resampling.LANCZOS, box=(left, top, left + short, top + short))


def encode_image(
    image: Image.Image, image_format: str = "JPEG", quality: int = 92, *, exif: bytes = b"", xmp: bytes = b""
) -> bytes:
    """Return the file's bytes, the same for the same picture.

    Args:
        image: RGB, or RGBA for PNG and WebP.
        image_format: "JPEG", "PNG" or "WEBP".
        quality: 1 to 100, only for JPEG and WebP.
        exif: a block that starts with "Exif", or nothing.
        xmp: a packet, or nothing.

    Raises:
        ImageError: the format cannot hold a picture of this size (JPEG: 65,535 pixels a side, WebP: 16,383).
    """
    buffer = io.BytesIO()
    options: dict[str, Any] = {"exif": exif} if exif else {}
    if image_format == "PNG":
        options |= {"compress_level": 4, "pnginfo": _png_info(xmp)}
    else:
        options |= {"quality": quality} | ({"xmp": xmp} if xmp else {})
        if image_format == "JPEG":
            options["subsampling"] = 0  # 4:4:4: chroma subsampling smears saturated brushwork
    try:
        image.save(buffer, image_format, **options)
    except (OSError, ValueError) as error:
        raise ImageError(
            f"{image_format} cannot hold a picture of {image.width}×{image.height} pixels ({error}). "
            "Choose a smaller size or PNG.",
            code="image_too_large",
        ) from error
    return buffer.getvalue()


def _png_info(xmp: bytes) -> PngInfo:
    info = PngInfo()
    if xmp:
        info.add_itxt("XML:com.adobe.xmp", xmp.decode())
    return info


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
