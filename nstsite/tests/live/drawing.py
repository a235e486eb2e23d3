"""A photo whose orientation can still be recognised in its painting."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw

ORIENTATION = 0x0112
LYING_CLOCKWISE = 6
"""EXIF orientation of a phone held upright: the stored picture must be turned by 90° clockwise."""


def drawing(width: int, height: int) -> Image.Image:
    """Return a big, bright F on a dark ground: no turned or mirrored F is an F."""
    picture = Image.new("L", (width, height), 40)
    pen = ImageDraw.Draw(picture)
    for left, top, right, bottom in ((0.15, 0.08, 0.4, 0.92), (0.15, 0.08, 0.9, 0.26), (0.15, 0.4, 0.7, 0.55)):
        pen.rectangle((left * width, top * height, right * width, bottom * height), fill=225)
    return picture


def photo_of_drawing(width: int, height: int) -> Image.Image:
    """Return the drawing in colour and with grain, as a camera would bring it home."""
    grain = np.random.default_rng(5).integers(-25, 25, (height, width, 1), dtype=np.int16)
    shade = np.linspace(-15, 15, width, dtype=np.int16)[None, :, None]
    colours = np.asarray(drawing(width, height), dtype=np.int16)[:, :, None] + np.array([12, 0, -20], dtype=np.int16)
    return Image.fromarray((colours + grain + shade).clip(0, 255).astype(np.uint8), "RGB")


def sideways_photo(width: int, height: int) -> bytes:
    """Return a JPEG stored lying, ``width`` × ``height``, that people see upright as ``height`` × ``width``."""
    exif = Image.Exif()
    exif[ORIENTATION] = LYING_CLOCKWISE
    lying = photo_of_drawing(height, width).transpose(Image.Transpose.ROTATE_90)
    return _jpeg(lying, exif=exif)


def photo(width: int, height: int) -> bytes:
    """Return an ordinary JPEG."""
    return _jpeg(photo_of_drawing(width, height))


def _jpeg(image: Image.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90, **options)
    return buffer.getvalue()


def likeness(painting: Image.Image) -> dict[str, float]:
    """Return how much a painting resembles the drawing "upright" and otherwise: correlation without sign, 0 to 1.

    Without sign, because a style may paint bright things dark.
    """
    seen = np.asarray(painting.convert("L"), dtype=np.float64).ravel()
    reference = drawing(*painting.size)
    ways = {
        "upright": reference,
        "upside down": reference.transpose(Image.Transpose.ROTATE_180),
        "mirrored": reference.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        "mirrored upside down": reference.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
    }
    return {
        way: abs(float(np.corrcoef(seen, np.asarray(wanted, dtype=np.float64).ravel())[0, 1]))
        for way, wanted in ways.items()
    }
