"""What is worth knowing about a picture before a style is trained with it. Needs no torch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mlcore.errors import ImageError
from mlcore.finding import Finding
from mlcore.image_io import centre_square, megapixels
from mlcore.photo_file import read_photo
from mlcore.photo_formats import open_image

TOO_SMALL = 64
"""Shorter side in pixels below which neither content nor brushwork is left."""
SMALL = 256
FLAT = 0.02
"""Standard deviation of every channel, range 0 to 1, below which a picture is one flat colour."""
GREY = 2.0
"""Mean difference between a pixel's channels, of 255, below which a picture looks grey."""


def examine_image(path: Path, what: str) -> Iterator[Finding]:
    """Yield facts and problems of one picture; ``what`` is "photo" or "style image" and names it in every text."""
    if not path.is_file():
        yield Finding.problem(what, f"There is no file {path}.", f"Give the path of the {what}.")
        return
    try:
        photo = read_photo(path)
        with open_image(path) as file:
            stored, mode = file.format, file.mode
    except ImageError as error:
        advice = (
            "Save a smaller copy of it."
            if error.code == "image_too_large"
            else "Save it again as JPEG or PNG, or use another."
        )
        yield Finding.problem(what, str(error), advice)
        return
    picture = photo.image
    width, height = picture.size
    yield Finding.fact(
        what, f"{path.name}: {stored}, {mode}, {width}×{height} ({megapixels(width, height)} megapixels)"
    )
    shorter = min(width, height)
    if shorter < TOO_SMALL:
        yield Finding.problem(
            what, f"The {what} is {shorter} pixels on its shorter side.", f"Use one of at least {SMALL} pixels."
        )
    elif shorter < SMALL:
        yield Finding.warning(
            what,
            f"The {what} is {shorter} pixels on its shorter side.",
            f"From {SMALL} pixels on there is more to learn.",
        )
    if max(width, height) > 4 * shorter:
        yield Finding.warning(
            what, f"The {what} is a strip, and only its middle square is used.", "Crop it to the part that matters."
        )
    if photo.alpha is not None:
        yield Finding.warning(
            what, f"The {what} has transparent parts, which are laid on white.", "Save it on the background you want."
        )
    values = np.asarray(centre_square(picture, SMALL), dtype=np.float64)
    if values.std(axis=(0, 1)).max() / 255 < FLAT:
        yield Finding.problem(what, f"The {what} is nearly one flat colour.", "Choose one with something on it.")
    elif np.ptp(values, axis=2).mean() < GREY:
        yield Finding.warning(
            what,
            f"The {what} has no colours.",
            "Paintings will be grey too: choose a coloured one."
            if what == "style image"
            else "That is fine for one photo.",
        )
