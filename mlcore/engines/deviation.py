"""How far an engine's paintings are from another's, and whether that is near enough. Needs no torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlcore.engines.engine import Engine, Pixels
from mlcore.progress_report import Report, silent

MAX_MEAN_ABSOLUTE_ERROR = 3.0
"""Levels of 255. Paintings 4.5 apart, with an SSIM of 0.951, could not be told apart side by side."""
MIN_SSIM = 0.97

_WINDOW, _SIGMA = 11, 1.5


@dataclass(frozen=True)
class Deviation:
    """From the reference, over all photos; the worst photo decides whether it is near enough."""

    mean_absolute_error: float
    """Levels of 255."""
    psnr: float
    """Of all photos' mean squared error, dB; 99 for no difference."""
    ssim: float
    """Structural similarity, mean."""
    worst_mean_absolute_error: float
    worst_ssim: float
    photos: int

    @property
    def is_small(self) -> bool:
        """Whether every photo is within :data:`MAX_MEAN_ABSOLUTE_ERROR` and :data:`MIN_SSIM`; NaN never is."""
        return self.worst_mean_absolute_error <= MAX_MEAN_ABSOLUTE_ERROR and self.worst_ssim >= MIN_SSIM

    def __str__(self) -> str:
        return (
            f"{self.mean_absolute_error:.2f}/255 on average, PSNR {self.psnr:.1f} dB, SSIM {self.ssim:.4f} "
            f"(worst of {self.photos} photos: {self.worst_mean_absolute_error:.2f}/255, SSIM {self.worst_ssim:.4f})"
        )


def measure_deviation(reference: Engine, other: Engine, photos: Sequence[Pixels], report: Report = silent) -> Deviation:
    """Paint every photo with both and compare.

    Args:
        photos: at least one, each at least 11 pixels a side.
        report: called with the share done.

    Raises:
        OutOfMemory: of either engine.
    """
    pairs = []
    for index, photo in enumerate(photos):
        report(index / len(photos))
        pairs.append((reference.paint(photo), other.paint(photo)))
    report(1.0)
    return deviation_of(pairs)


def deviation_of(pairs: Sequence[tuple[Pixels, Pixels]]) -> Deviation:
    """Compare pairs of pictures of one shape, each (H, W, 3) and at least 11 pixels a side."""
    errors, squares, similarities = [], [], []
    for wanted, got in pairs:
        difference = got.astype(np.float64) - wanted
        errors.append(float(np.abs(difference).mean()))
        squares.append(float(np.square(difference).mean()))
        similarities.append(structural_similarity(wanted, got))
    mean_square = sum(squares) / len(squares)
    return Deviation(
        mean_absolute_error=sum(errors) / len(errors),
        psnr=min(99.0, 10 * math.log10(255**2 / mean_square)) if mean_square else 99.0,
        ssim=sum(similarities) / len(similarities),
        worst_mean_absolute_error=max(errors),
        worst_ssim=min(similarities),
        photos=len(pairs),
    )


def structural_similarity(a: Pixels, b: Pixels) -> float:
    """Return the same as :func:`mlcore.metrics.ssim` (Wang et al., IEEE TIP 2004) of two pictures (H, W, 3)."""
    x, y = a.astype(np.float64) / 255, b.astype(np.float64) / 255
    c1, c2 = 0.01**2, 0.03**2
    mean_x, mean_y = _local_mean(x), _local_mean(y)
    variance_x, variance_y = _local_mean(x * x) - mean_x**2, _local_mean(y * y) - mean_y**2
    covariance = _local_mean(x * y) - mean_x * mean_y
    similarity = ((2 * mean_x * mean_y + c1) * (2 * covariance + c2)) / (
        (mean_x**2 + mean_y**2 + c1) * (variance_x + variance_y + c2)
    )
    return float(similarity.mean())


def _local_mean(picture: NDArray[np.float64]) -> NDArray[np.float64]:
    offsets = np.arange(_WINDOW) - _WINDOW // 2
    window = np.exp(-(offsets**2) / (2 * _SIGMA**2))
    window /= window.sum()
    for axis in (0, 1):
        inside = picture.shape[axis] - _WINDOW + 1
        shifted = (picture.take(range(start, start + inside), axis) for start in range(_WINDOW))
        picture = sum(weight * part for weight, part in zip(window, shifted, strict=True))
    return picture
