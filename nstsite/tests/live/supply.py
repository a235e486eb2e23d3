"""Photos and paintings to furnish a site with: drawn in no time, or, for the eye, photos that styles really paint."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Protocol

from PIL import Image

from nstsite.tests.live.process_group import PROJECT_DIR
from stylizer.models import Style
from stylizer.tests import pictures

SHAPES = [(384, 256), (256, 384), (320, 320), (512, 200), (200, 400)]


class Supply(Protocol):
    """Pictures by turns, each unlike its neighbours."""

    artworks: int

    def photo(self, turn: int) -> tuple[str, Image.Image]:
        """Return a photo and what it shows."""

    def painting(self, turn: int, style: Style) -> Image.Image:
        """Return that photo in ``style``."""


class Drawn:
    """For tests, where a painting's looks do not matter."""

    artworks = 60
    """More than two pages of a gallery."""

    def photo(self, turn: int) -> tuple[str, Image.Image]:
        """Return a coloured gradient."""
        return "Drawing", pictures.photo(*SHAPES[turn % len(SHAPES)])

    def painting(self, turn: int, style: Style) -> Image.Image:
        """Return another one."""
        _, photo = self.photo(turn)
        hue = Image.new("RGB", photo.size, f"hsl({turn * 47 % 360}, 60%, {30 + turn * 13 % 50}%)")
        return Image.blend(hue, photo, 0.4)


class Painted:
    """For the eye: the front page's photos and the sample scene, whole and in parts."""

    artworks = 30

    def photo(self, turn: int) -> tuple[str, Image.Image]:
        """Return one of six."""
        title, name, box = SHOWN[turn % len(SHOWN)]
        return title, _part(_photo(name), box)

    def painting(self, turn: int, style: Style) -> Image.Image:
        """Return what the style's network makes of it."""
        _, name, box = SHOWN[turn % len(SHOWN)]
        return _part(_paint(name, style), box)


# Of three photos, and of each a part: left, top, right and bottom as shares. A part of a painting is painted as well.
WHOLE = (0.0, 0.0, 1.0, 1.0)
SHOWN = [
    ("Cat", "cat", WHOLE),
    ("Coffee", "coffee", WHOLE),
    ("House by the lake", "scene", WHOLE),
    ("Green eyes", "cat", (0.15, 0.1, 0.8, 0.6)),
    ("Cup", "coffee", (0.15, 0.0, 0.8, 1.0)),
    ("Sun over the hills", "scene", (0.5, 0.05, 1.0, 0.85)),
]


def _part(image: Image.Image, box: tuple[float, float, float, float]) -> Image.Image:
    left, top, right, bottom = box
    return image.crop(
        (round(left * image.width), round(top * image.height), round(right * image.width), round(bottom * image.height))
    )


@cache
def _photo(name: str) -> Image.Image:
    from mlcore.sample_scene import sample_scene

    if name == "scene":
        return sample_scene()
    with Image.open(PROJECT_DIR / "static" / "images" / "front" / f"{name}.webp") as file:
        photo = file.convert("RGB")
    photo.thumbnail((576, 576))
    return photo


@cache
def _paint(name: str, style: Style) -> Image.Image:
    from mlcore.checkpoint import load_style
    from mlcore.stylize import stylize

    network, _ = load_style(Path(style.checkpoint.path))
    return stylize(network, _photo(name))
