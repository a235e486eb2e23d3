"""Faults that a network can have though its weights fit: what it paints is looked at, in numbers. Needs no torch.

Three measures over paintings of a fixed set of photos, each with a limit. The limits were chosen by looking at the
paintings of the styles that come with Easel, none of which has such a fault, and at those of networks that were given
one (``tests/test_artefacts.py``):

saturation
    Share of the pixels whose three channels are all at an end of the range (4.6 levels of 255, as in
    :func:`mlcore.metrics.saturated_share`): blots of white, black, pure red and the like. Of all paintings the largest
    counts. Own styles have up to 0.001; limit 0.2.
dead output
    Standard deviation of a colour channel over a painting, levels of 255; of the paintings the largest, of the channels
    the smallest: a channel that stays the same whatever the photo shows is dead. Own styles have 20 and more; limit 3.
checkerboard
    Root mean square, levels of 255, of what a painting's lightness has at periods of 4 and 2 pixels beyond what it has
    at the periods beside them; of all paintings the largest counts. The network halves the picture twice and doubles
    it twice, so a badly learnt doubling leaves a lattice of just these periods. A regular lattice of ±1 level has a
    score of 1; one that changes with the picture's edges is spread over more periods and underestimated; regular lines
    5 pixels apart cannot be told from one. Own styles have 0.5 to 2.6, where an enlarged painting shows a faint lattice
    in plain areas; with 3.4 it is seen on every edge; limit 3.2.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from mlcore.engines.engine import Pixels
from mlcore.luma import luma

MAX_SATURATED = 0.2
MIN_CHANNEL_DEVIATION = 3.0
MAX_CHECKERBOARD = 3.2

_END = 4.59
"""Levels from an end of the range within which a value is at it."""
_SQUARE = 32
"""Side of the squares whose spectra are averaged, pixels: a multiple of the periods, small enough to be local."""
_LATTICE = tuple(place for place in itertools.product(range(0, _SQUARE, _SQUARE // 4), repeat=2) if any(place))
"""The frequencies of period 4 and 2, rows and columns of the spectrum."""
_AWAY = ((0, 3), (3, 0), (3, 3), (3, -3))
"""Towards the neighbours a frequency is compared with: those to both sides, three bins away."""


@dataclass(frozen=True)
class Artefacts:
    """What was measured, as the module describes it."""

    saturated: float
    channel_deviation: float
    checkerboard: float

    def faults(self) -> list[str]:
        """Return a sentence for each measure beyond its limit."""
        found = []
        if self.saturated > MAX_SATURATED:
            found.append(
                f"{self.saturated:.0%} of a painting is pure white, black or colour (at most {MAX_SATURATED:.0%})."
            )
        if self.channel_deviation < MIN_CHANNEL_DEVIATION:
            found.append(
                f"A colour channel is dead: it varies by {self.channel_deviation:.1f} of 255 levels, whatever the "
                f"photo shows (at least {MIN_CHANNEL_DEVIATION:g})."
            )
        if self.checkerboard > MAX_CHECKERBOARD:
            found.append(
                f"A lattice of 2 or 4 pixels lies over the paintings, {self.checkerboard:.1f} of 255 levels strong "
                f"(at most {MAX_CHECKERBOARD:g})."
            )
        return found

    def as_json(self) -> dict[str, float]:
        """Return the measures by name, rounded for people."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


def measure_artefacts(paintings: Sequence[Pixels]) -> Artefacts:
    """Measure at least one painting, RGB, (H, W, 3), 0 to 255, each at least 32 pixels a side."""
    deviations = np.stack([painting.std(axis=(0, 1)) for painting in paintings])
    return Artefacts(
        saturated=max(map(saturated_share, paintings)),
        channel_deviation=float(deviations.max(axis=0).min()),
        checkerboard=max(map(checkerboard, paintings)),
    )


def saturated_share(painting: Pixels) -> float:
    """Return the share of pixels, 0 to 1, with all three channels at an end of the range."""
    at_an_end = (painting <= _END) | (painting >= 255 - _END)
    return float(at_an_end.all(axis=2).mean())


def checkerboard(painting: Pixels) -> float:
    """Return the strength of a lattice of 2 or 4 pixels, levels of 255."""
    power = _power_spectrum(luma(painting))
    excess = 0.0
    for row, column in _LATTICE:
        beside = max(
            (_power_around(power, row + down, column + right) * _power_around(power, row - down, column - right)) ** 0.5
            for down, right in _AWAY
        )
        excess += max(0.0, _power_around(power, row, column) - beside)
    return float(excess**0.5)


def _power_spectrum(lightness: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the mean power by frequency, (32, 32), over squares that overlap by half; it sums to the variance."""
    hann = np.hanning(_SQUARE + 1)[:-1]
    window = np.outer(hann, hann)
    window /= np.sqrt(np.mean(window**2))
    step = _SQUARE // 2
    squares = np.lib.stride_tricks.sliding_window_view(lightness, (_SQUARE, _SQUARE))[::step, ::step]
    squares = squares - squares.mean(axis=(2, 3), keepdims=True)
    spectra = np.fft.fft2(squares * window) / _SQUARE**2
    power: NDArray[np.float64] = (np.abs(spectra) ** 2).mean(axis=(0, 1))
    return power


def _power_around(power: NDArray[np.float64], row: int, column: int) -> float:
    """Return the power of a frequency with its eight neighbours, over which the window spreads it."""
    rows, columns = ([(middle + away) % _SQUARE for away in (-1, 0, 1)] for middle in (row, column))
    return float(power[np.ix_(rows, columns)].sum())
