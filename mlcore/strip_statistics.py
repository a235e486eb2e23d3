"""Instance normalisation of a map that is seen one strip at a time."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

_SMALLEST_SCALE = 1e-12


class ChannelStatistics:
    """Mean and variance of every channel, from strips.

    Sums within a strip are of the strip's precision, sums of strips of double precision. The strips should be roughly
    free of their mean: ``E[x²] − E[x]²`` loses the digits by which the mean exceeds the deviation.

    Args:
        strips: how many there will be, at most.
        channels: of the map.
        like: what the sums shall have the type and device of.
    """

    def __init__(self, strips: int, channels: int, like: Tensor) -> None:
        self._count = self._strips = 0
        # One piece for all, made before the first strip. A piece for each strip would stay behind in the middle of
        # the memory that the strip's buffers give back; the next strip, a row higher, no longer fits there and takes
        # new memory: a photo of 6 megapixels took 220 to 440 MB, by chance, instead of 220 to 235.
        self._sums = like.new_zeros((strips, 2, channels))

    def add(self, strip: Tensor) -> None:
        """Take in a strip, (rows, width, channels)."""
        self._count += strip.shape[0] * strip.shape[1]
        total, square = self._sums[self._strips]
        torch.sum(strip, (0, 1), out=total)
        torch.sum(strip.square(), (0, 1), out=square)
        self._strips += 1

    def mean_and_variance(self) -> tuple[Tensor, Tensor]:
        """Return both, (channels,) each, in double precision on the CPU: not every device has it."""
        mean, square = self._sums.cpu().double().sum(dim=0) / self._count
        return mean, (square - mean.square()).clamp(min=0)


@dataclass(frozen=True)
class Normalisation:
    """What remains of an instance norm and its ReLU beside a convolution that follows.

    With ``scale`` > 0, ``relu(scale · (x − mean) + bias)`` is ``scale · (max(x, threshold) − threshold)`` where
    ``threshold = mean − bias / scale``. The scale goes into the weights of the next convolution. So does the constant;
    and where another norm follows, which takes every constant off, it need not be known at all. One comparison a value
    is what is left to do.
    """

    scale: Tensor
    """(channels,)."""
    threshold: Tensor
    """(channels,)."""

    @classmethod
    def of(cls, norm: nn.InstanceNorm2d, statistics: ChannelStatistics) -> Normalisation:
        """Return the normalisation of values that were multiplied by :func:`sign` of the norm."""
        mean, variance = statistics.mean_and_variance()
        weight, bias = norm.weight.cpu().double(), norm.bias.cpu().double()
        # A norm whose weight is 0 leaves its bias alone: a threshold so high or so low that no value matters.
        scale = (weight.abs() / torch.sqrt(variance + norm.eps)).clamp(min=_SMALLEST_SCALE)
        return cls(scale.to(norm.weight), (mean - bias / scale).to(norm.weight))


def sign(norm: nn.InstanceNorm2d) -> Tensor:
    """Return −1 for the channels whose weight is negative, else 1: so turned, all scales are positive; (channels,)."""
    return torch.where(norm.weight < 0, -1.0, 1.0).to(norm.weight)
