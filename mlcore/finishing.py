"""Finishing a painting: bringing the photo's colours and the photo itself back in. Needs no torch and no engine.

Browsers know the same arithmetic, so that a page can show a choice before its picture is computed: over the photo,
CSS ``opacity`` is the mixture of ``strength``, and ``mix-blend-mode: luminosity`` is ``keep_colors`` with weights that
differ in the third decimal.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mlcore.keep_colors import keep_colors as in_own_colors
from mlcore.paint_options import PaintOptions
from mlcore.progress_report import Report, silent

BYTES_PER_PIXEL = 4
"""Memory for each pixel, beside master and photo and some 10 MB."""

_PIECE_PIXELS = 1 << 17


def is_plain(options: PaintOptions) -> bool:
    """Return whether these choices leave a master as it is."""
    return options.strength == 1 and not options.keep_colors


def finish(
    master: Image.Image, photo: Image.Image, *, strength: float, keep_colors: bool, report: Report = silent
) -> Image.Image:
    """Return the painting with the photo brought back in: first its colours, then as much of it as asked for.

    The mixture is of sRGB values, in which half looks like half; in linear light the brighter of the two wins, and thin
    dark strokes are the first to go. At strength 0 it is the photo, at strength 1 without ``keep_colors`` the master.

    Args:
        master: the painting at full strength in the style's own colours, RGB.
        photo: RGB of the same size.
        strength: how much of the painting shows, 0 to 1.
        keep_colors: lightness from the painting, colours from the photo.
        report: called with the share done, 0 to 1; what it raises stops the work.

    Raises:
        ValueError: the two differ in size.
    """
    if master.size != photo.size:
        raise ValueError(f"the master is {master.size}, the photo {photo.size}")
    if strength == 0:
        return photo
    if strength == 1 and not keep_colors:
        return master
    image = Image.new("RGB", photo.size)
    step = max(1, _PIECE_PIXELS // photo.width)
    for top in range(0, photo.height, step):
        bottom = min(top + step, photo.height)
        box = (0, top, photo.width, bottom)
        original, rows = np.asarray(photo.crop(box)), np.asarray(master.crop(box))
        if keep_colors:
            rows = in_own_colors(rows, original)
        if strength < 1:
            rows = _mixed(original, rows, strength)
        image.paste(Image.fromarray(rows), (0, top))
        report(bottom / photo.height)
    return image


def _mixed(photo: NDArray[np.uint8], painting: NDArray[np.uint8], strength: float) -> NDArray[np.uint8]:
    """Return photo · (1 − strength) + painting · strength, rounded to nearest."""
    mixed = painting * np.float32(strength)
    mixed += photo * np.float32(1 - strength)
    mixed += np.float32(0.5)
    return mixed.astype(np.uint8)
