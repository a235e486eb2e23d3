"""Arithmetic of picture sizes."""

from __future__ import annotations

import math


def fitted_size(width: int, height: int, longest_side: int) -> tuple[int, int]:
    """Return (width, height) with the longest side exactly ``longest_side``, the aspect kept to the nearest pixel."""
    scale = longest_side / max(width, height)
    return (
        longest_side if width >= height else max(1, round(width * scale)),
        longest_side if height >= width else max(1, round(height * scale)),
    )


def megapixels(width: int, height: int) -> float:
    """Return millions of pixels, rounded up to one decimal, for messages."""
    return math.ceil(width * height / 100_000) / 10
