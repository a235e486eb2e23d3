"""Photos brought to a size that the network takes, without torch."""

from __future__ import annotations

import numpy as np

from mlcore.engines.engine import Pixels

MIN_SIDE = 16
"""Smallest side the network sees, pixels: its 9×9 reflection needs 5, its innermost maps need 2."""


def padded_pixels(photo: Pixels, multiple: int = 1) -> Pixels:
    """Extend (H, W, 3) right and bottom to at least :data:`MIN_SIDE` and to multiples of ``multiple``.

    By reflection, so that no border colour is invented; a sliver of fewer pixels than it lacks repeats its edge. The
    caller crops off again what was added. A photo that needs nothing is returned itself.
    """
    for axis in (0, 1):
        side = photo.shape[axis]
        missing = max(MIN_SIDE, -(-side // multiple) * multiple) - side
        if missing:
            widths = [(0, 0)] * 3
            widths[axis] = (0, missing)
            photo = np.pad(photo, widths, mode="reflect" if missing < side else "edge")
    return photo
