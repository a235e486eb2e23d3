"""Photos to quantise with, and others to measure the result on. Needs no torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from mlcore.engines.engine import Pixels
from mlcore.errors import ConfigError
from mlcore.image_io import list_images, open_photo
from mlcore.sample_scene import sample_scene

SIZE = 320
"""Longest side, pixels."""
_FOLDER = Path(__file__).parent / "photos"
_CALIBRATION, _MEASURING = ("astronaut", "coffee", "rocket"), ("cat", "photographer")
_MOST = 24


@dataclass(frozen=True)
class PhotoSets:
    """RGB, (H, W, 3) each; no photo is in both."""

    calibration: tuple[Pixels, ...]
    measuring: tuple[Pixels, ...]


def bundled_photos() -> PhotoSets:
    """Return the photos that come with Easel, among them a drawn landscape for calibration."""
    calibration, measuring = (
        tuple(_pixels(bundled_photo(name)) for name in names) for names in (_CALIBRATION, _MEASURING)
    )
    return PhotoSets((*calibration, _pixels(sample_scene())), measuring)


def bundled_photo(name: str) -> Image.Image:
    """Return one of the photos that come with Easel, RGB, 320 pixels on the longer side."""
    with Image.open(_FOLDER / f"{name}.jpg") as file:
        return file.convert("RGB")


def photos_in(folder: Path) -> PhotoSets:
    """Return 24 photos at most, spread over those below ``folder``, every second one for measuring.

    Raises:
        ConfigError: there are fewer than four.
        ImageError: one of them cannot be read.
    """
    found = list_images(folder)
    if len(found) < 4:
        raise ConfigError(f"Quantising needs at least 4 photos, and {folder} has {len(found)}. Add some to --photos.")
    chosen = [found[index * len(found) // min(_MOST, len(found))] for index in range(min(_MOST, len(found)))]
    photos = [_pixels(open_photo(path, longest_side=SIZE)) for path in chosen]
    return PhotoSets(tuple(photos[::2]), tuple(photos[1::2]))


def _pixels(image: Image.Image) -> Pixels:
    image.thumbnail((SIZE, SIZE))
    return np.asarray(image)
