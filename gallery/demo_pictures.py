"""Pictures for a gallery that is only there to be looked at or measured: drawn by arithmetic, nobody's photo."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from django.core.files.base import ContentFile
from django.db.models.fields.files import FieldFile
from PIL import Image

from mlcore.image_io import encode_image

SHAPES = ((480, 360), (360, 480), (480, 480), (480, 270))
PICTURES = 24
PALETTES = (
    ((18, 32, 74), (38, 84, 150), (236, 204, 104), (240, 240, 224)),
    ((60, 22, 30), (182, 62, 40), (240, 160, 60), (250, 232, 200)),
    ((14, 48, 48), (40, 110, 92), (150, 190, 120), (244, 238, 210)),
    ((40, 28, 66), (120, 60, 130), (226, 130, 130), (250, 224, 190)),
    ((30, 34, 40), (96, 108, 118), (190, 180, 160), (246, 242, 232)),
)


@dataclass(frozen=True)
class DemoPicture:
    """A painting's file and its thumbnail, and how large both are."""

    image: bytes
    thumbnail: bytes
    width: int
    height: int


def demo_pictures(seed: int) -> Iterator[DemoPicture]:
    """Yield the pictures of ``seed``, all different, at most 480 pixels wide and high."""
    for number in range(PICTURES):
        width, height = SHAPES[number % len(SHAPES)]
        picture = _draw(np.random.default_rng([seed, number]), width, height)
        yield DemoPicture(encode_image(picture, "JPEG", 80), encode_image(picture, "WEBP", 70), width, height)


def _draw(random: np.random.Generator, width: int, height: int) -> Image.Image:
    """Return bands of four colours that flow around each other."""
    y, x = np.mgrid[0:height, 0:width] / max(width, height)
    for strength in (0.35, 0.2, 0.1):
        (a, b), (c, d) = random.uniform(2, 9, 2), random.uniform(0, 7, 2)
        x, y = x + strength * np.sin(a * y + c), y + strength * np.sin(b * x + d)
    level = (np.sin(random.uniform(3, 8) * x) + np.sin(random.uniform(3, 8) * y)) / 4 + 0.5
    level += random.normal(0, 0.015, level.shape)
    palette = np.array(PALETTES[random.integers(len(PALETTES))], dtype=float)
    stops = np.linspace(0, 1, len(palette))
    channels = [np.interp(level, stops, palette[:, channel]) for channel in range(3)]
    return Image.fromarray(np.stack(channels, axis=-1).clip(0, 255).astype(np.uint8), "RGB")


class SharedFile:
    """One content under many names: in a folder each name is a hard link, elsewhere a copy.

    Removing a name leaves the others, so a demo work can be deleted as any other.
    """

    def __init__(self, content: bytes) -> None:
        """Take the content; nothing is written yet."""
        self._content = content
        self._first = ""

    def store(self, field: FieldFile) -> None:
        """Write the file under the name that its row gives it."""
        name = field.field.generate_filename(field.instance, "")
        if not self._linked(field, name):
            name = field.storage.save(name, ContentFile(self._content))
            self._first = name
        field.name = name

    def _linked(self, field: FieldFile, name: str) -> bool:
        if not self._first:
            return False
        try:
            target = field.storage.path(name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            os.link(field.storage.path(self._first), target)
        except (NotImplementedError, OSError):  # no folder, no hard links there, or too many of this file
            return False
        return True
