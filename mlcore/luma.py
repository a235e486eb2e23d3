"""The lightness of a picture as television reckons it. Needs no torch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

WEIGHTS = np.array([0.299, 0.587, 0.114], dtype=np.float32)
"""ITU-R BT.601, the Y of JPEG's YCbCr."""


def luma(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return BT.601 luma, 0 to 255, (H, W), of sRGB, (H, W, 3)."""
    result: NDArray[np.float32] = picture[..., 0] * WEIGHTS[0]
    result += picture[..., 1] * WEIGHTS[1]
    result += picture[..., 2] * WEIGHTS[2]
    return result
