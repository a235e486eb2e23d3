"""Painting in the photo's own colours. Needs no torch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlcore.luma import luma


def keep_colors(painting: NDArray[np.uint8], photo: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the lightness of ``painting`` with the colour of ``photo``, all sRGB, (H, W, 3).

    Luminance-only transfer of Gatys et al. 2016, "Preserving Color in Neural Artistic Style Transfer", section 3.2, in
    BT.601 YCbCr: each pixel keeps its distance from grey, R − Y, G − Y and B − Y. Where the sum leaves the range, that
    distance shrinks until it fits, so lightness and hue hold and only saturation gives way; clipping each channel would
    turn orange into yellow. Oklab was looked at beside it: light and shade come out alike, saturated reds harsher, and
    it takes many times the arithmetic.
    """
    lightness = luma(painting)
    photo_lightness = luma(photo)
    bands = [photo[..., band] - photo_lightness for band in range(3)]
    highest = np.maximum(np.maximum(bands[0], bands[1]), bands[2])
    lowest = np.minimum(np.minimum(bands[0], bands[1]), bands[2])
    # One of the three is above the luma and one below, or all are equal to it: then any factor will do.
    room = np.minimum((255 - lightness) / np.maximum(highest, _TINY), lightness / np.maximum(-lowest, _TINY))
    np.minimum(room, 1, out=room)
    lightness += np.float32(0.5)
    result = np.empty_like(painting)
    for band, distance in enumerate(bands):
        distance *= room
        distance += lightness
        # The range is kept but for rounding, and the half added above: 255.5 and more would start again at 0.
        result[..., band] = np.clip(distance, 0, 255, out=distance)
    return result


_TINY = np.float32(1e-6)
