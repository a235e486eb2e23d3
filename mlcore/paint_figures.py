"""What the benchmark of painting finds."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Painted:
    """One contestant at one size."""

    name: str
    side: int
    seconds: list[float]
    """Of each round; empty if it failed."""
    peak_bytes: int = 0
    """The most main memory the process has had, up to and with this size."""
    mean_error: float | None = None
    """Mean absolute difference from float32 eager, levels of 255; ``None`` for another network."""
    ssim: float | None = None
    """Structural similarity to float32 eager, at most 1; ``None`` for another network or a photo below 11 pixels."""
    error: str = ""

    @property
    def milliseconds(self) -> float | None:
        """Median over the rounds."""
        return 1000 * statistics.median(self.seconds) if self.seconds else None


@dataclass(frozen=True)
class Started:
    """How a contestant came up."""

    name: str
    description: str
    first_start_seconds: float
    """From starting the process to its first painting, with an empty cache."""
    cold_start_seconds: float
    """The same once more, with what the first start left in the cache."""
    error: str = ""
    """Why it does not take part; the rest is then empty."""


@dataclass
class PaintFigures:
    """What a run found, complete when its iterator ends."""

    started: list[Started] = field(default_factory=list)
    painted: list[Painted] = field(default_factory=list)
    gigaflop: dict[int, float] = field(default_factory=dict)
    """Of the network as written, by side."""
    peak_gigaflops: float = 0.0
    """Billions of operations a second in a large matrix product: the best of one run a round."""
    batches: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """On CUDA: images a second by batch at the first side; see :func:`mlcore.gpu_throughput.gpu_throughput`."""

    def least_milliseconds(self, side: int) -> float:
        """Return how long the arithmetic alone takes at the speed of the matrix product."""
        return 1000 * self.gigaflop[side] / self.peak_gigaflops

    def milliseconds(self, name: str, side: int) -> float | None:
        """Return a contestant's median, ``None`` if it has none."""
        return next((one.milliseconds for one in self.painted if (one.name, one.side) == (name, side)), None)

    def ratio(self, one: Painted, to: str) -> float | None:
        """Return a contestant's time as a share of another's at the same size."""
        mine, other = one.milliseconds, self.milliseconds(to, one.side)
        return mine / other if mine and other else None
