"""A convolution's weights as int8."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LARGEST_PAIR = 126
"""Of the 128 whose 255-fold fits 16 bits; rounding may add 1 to each of two."""


def int8_kernel(kernel: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return an (O, I, h, w) kernel as int8 and a scale for each output channel, (O, 1, 1, 1), to multiply it with.

    Without int8 instructions for it, a processor adds the products of two neighbouring channels in 16 bits, which
    saturate; the scale leaves room for the largest two, 255 times their sum, so that the result is the same everywhere.
    """
    outputs, inputs, *taps = kernel.shape
    pairs = np.zeros((outputs, -(-inputs // 2), 2, *taps), np.float32)
    pairs.reshape(outputs, -1, *taps)[:, :inputs] = kernel
    largest_pair = np.maximum(np.maximum(pairs, 0).sum(axis=2), np.maximum(-pairs, 0).sum(axis=2))
    scale = np.maximum(largest_pair.max(axis=(1, 2, 3)) / _LARGEST_PAIR, 1e-20).reshape(-1, 1, 1, 1)
    return _rounded_keeping_sums(kernel / scale).astype(np.int8), scale


def _rounded_keeping_sums(kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Round (O, I, h, w) so that the sum of each h×w kernel is off by half a level at most, not by h·w halves.

    Photos, and what the network makes of them, are smooth: most of a plainly rounded kernel's error is a shift of
    brightness. Taps that were nearest to the other integer are rounded there instead.
    """
    taps = kernel.reshape(-1, kernel.shape[2] * kernel.shape[3])
    rounded = np.rint(taps)
    missing = taps - rounded
    steps = np.rint(missing.sum(axis=1, keepdims=True))
    from_largest = (-missing).argsort(axis=1).argsort(axis=1)
    rounded += from_largest < steps
    rounded -= from_largest >= taps.shape[1] + steps
    return rounded.reshape(kernel.shape)
