"""Whether a photo is smoother than photos are. Needs no torch."""

from __future__ import annotations

import numpy as np

from mlcore.engines.engine import Pixels

_ENOUGH = 4
"""Levels of 255: larger steps, the edges of a drawing, say nothing of what lies between them."""
_LEAST = 0.85
"""Mean step between neighbours, levels. Photos have 1 to 3, a gradient over the width of the picture 0.4."""


def is_smooth(photo: Pixels) -> bool:
    """Return whether hardly anything but gradients and plain colour is in (H, W, 3).

    Of such pictures instance normalisation makes what it was not seen to make of any photo, and int8, whose ranges come
    from photos, cuts it off: of one colour alone a painting by 60 levels of 255 away from float32.
    """
    green = photo[:, :, 1].astype(np.int16)
    steps = [np.minimum(np.abs(np.diff(green, axis=axis)), _ENOUGH) for axis in (0, 1)]
    count = sum(step.size for step in steps)
    return count == 0 or sum(int(step.sum()) for step in steps) / count < _LEAST
