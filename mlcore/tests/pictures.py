"""Pictures to test with, made on the spot."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image


def picture(width: int, height: int, seed: int = 0) -> Image.Image:
    """Return soft colourful noise: the same for the same seed, unlike for another."""
    cells = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    return Image.fromarray(cells).resize((width, height), Image.Resampling.BICUBIC)


def encoded(image: Image.Image, image_format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


def quarters(width: int = 80, height: int = 40) -> Image.Image:
    """Return red, green, blue and yellow from top left to bottom right: shows turning and flipping."""
    image = Image.new("RGB", (width, height))
    colours = [(220, 30, 30), (30, 160, 30), (30, 30, 220), (230, 220, 30)]
    for index, colour in enumerate(colours):
        row, column = divmod(index, 2)
        left, top = column * width // 2, row * height // 2
        image.paste(colour, (left, top, left + width // 2, top + height // 2))
    return image


def difference(a: Image.Image, b: Image.Image) -> float:
    """Return the mean difference of two pictures of one size, in levels of 255."""
    assert a.size == b.size
    return float(np.abs(np.asarray(a, dtype=float) - np.asarray(b, dtype=float)).mean())


def see_through() -> Image.Image:
    """Return a picture whose left half is opaque and whose right half fades from 200 to nothing."""
    image = quarters().convert("RGBA")
    alpha = np.full((40, 80), 255, np.uint8)
    alpha[:, 40:] = np.linspace(200, 0, 40).astype(np.uint8)
    image.putalpha(Image.fromarray(alpha))
    return image


def first_row(image: Image.Image) -> list[tuple[int, ...]]:
    return [image.getpixel((x, 0)) for x in range(image.width)]
