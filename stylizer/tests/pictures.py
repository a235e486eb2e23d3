"""Photos and broken files for tests, made on the spot."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pillow_heif
from PIL import Image, ImageOps

pillow_heif.register_heif_opener()  # so that the tests can write HEIC

ORIENTATION = 0x0112


def photo(width: int, height: int) -> Image.Image:
    """Return a textured picture whose upright corners differ: red rises to the right, green towards the bottom."""
    y, x = np.mgrid[0:height, 0:width]
    grain = np.random.default_rng(7).integers(0, 40, (height, width))
    red = 200 * x / max(1, width - 1) + grain
    green = 200 * y / max(1, height - 1) + grain
    blue = 120 + 60 * np.sin(x / 3) * np.cos(y / 5) + grain
    return Image.fromarray(np.stack([red, green, blue], axis=-1).clip(0, 255).astype(np.uint8), "RGB")


def painting(width: int, height: int) -> Image.Image:
    """Return a picture that is nowhere like :func:`photo` of the same size: its negative, upside down."""
    return ImageOps.invert(photo(width, height)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)


def encoded(image: Image.Image, image_format: str = "JPEG", **options: object) -> bytes:
    """Return the file's bytes."""
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


def jpeg(width: int = 64, height: int = 48) -> bytes:
    """Return a good JPEG."""
    return encoded(photo(width, height))


def sideways_jpeg(width: int, height: int) -> bytes:
    """Return a photo that is ``width`` × ``height`` upright but stored lying, as phones do: EXIF orientation 6."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    return encoded(photo(width, height).transpose(Image.Transpose.ROTATE_90), exif=exif, quality=95)


def truncated_jpeg() -> bytes:
    """Return the first two thirds of a JPEG."""
    whole = jpeg(96, 96)
    return whole[: len(whole) * 2 // 3]


def claimed_png(width: int, height: int) -> bytes:
    """Return some hundred bytes that call themselves a PNG of ``width`` × ``height`` pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def claimed(content: bytes, width: int, height: int) -> bytes:
    """Return an AVIF or HEIC that calls itself ``width`` × ``height`` pixels, whatever it holds."""
    place = content.index(b"ispe") + 8
    return content[:place] + struct.pack(">II", width, height) + content[place + 8 :]


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
