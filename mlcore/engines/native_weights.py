"""A style's weights as the kernels in ``native/`` read them: transformed for Winograd's filtering and packed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlcore.engines.aligned_arrays import aligned_copy
from mlcore.engines.style_weights import RESIDUAL_BLOCKS, StyleWeights
from mlcore.network_output import Output

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Kept = NDArray[np.floating]
"""In the precision that the compiled kernels keep maps and weights in."""

# Kernels evaluated at the points 0, 1, -1, 2, -2, 1/2, -1/2, infinity (Lavin & Gray, CVPR 2016), as F(6, 3) asks; their
# first two columns are those of F(7, 2), which shares the points, but for infinity.
_KERNEL_AT_8 = np.array(
    [
        [1, 0, 0],
        [-2 / 9, -2 / 9, -2 / 9],
        [-2 / 9, 2 / 9, -2 / 9],
        [1 / 90, 1 / 45, 2 / 45],
        [1 / 90, -1 / 45, 2 / 45],
        [32 / 45, 16 / 45, 8 / 45],
        [32 / 45, -16 / 45, 8 / 45],
        [0, 0, 1],
    ]
)
_SHORT_KERNEL_AT_8 = np.vstack([_KERNEL_AT_8[:-1, :2], [[0, 1]]])
# F(3, 3): at 0, 1, -1, 2, infinity.
_KERNEL_AT_5 = np.array(
    [[1 / 2, 0, 0], [-1 / 2, -1 / 2, -1 / 2], [-1 / 6, 1 / 6, -1 / 6], [1 / 6, 1 / 3, 2 / 3], [0, 0, 1]]
)
# Which rows of a 3×3 kernel meet the two rows of small pixels around a corner, for the pixel above and below it.
_CORNER = np.array([[[1, 1, 0], [0, 0, 1]], [[1, 0, 0], [0, 1, 1]]], dtype=np.float64)

_EPSILON = 1e-5
"""Of ``torch.nn.InstanceNorm2d``."""

_ROUNDING = 1e-10
"""Of the largest channel's mean square: variance that cannot be told from the rounding of Winograd's filtering."""


@dataclass(frozen=True)
class Reading:
    """How a map is read so that it is normalised; (C,) each.

    An inner convolution reads ``max(value · scale + shift, floor)``, the ReLU less what it is in a photo of one colour;
    or, added to a skip connection, ``value · scale + sum_shift``, less the norm's bias. The instance norm that follows
    would subtract such constants again; what is left is small where the photo varies little, and loses nothing in half
    precision. The last convolution reads ``max(value · scale + last_shift, 0)``.
    """

    scale: Floats
    shift: Floats
    floor: Floats
    sum_shift: Floats
    last_shift: Floats


@dataclass(frozen=True)
class Norm:
    """An instance norm's weight and bias, (C,), and by what the values that it is given are too large."""

    weight: Doubles
    bias: Doubles
    gain: float

    def reading(self, pieces: Doubles) -> Reading:
        """Return how to read values as ``(value − mean) / sqrt(variance + ε) · weight + bias``.

        Args:
            pieces: counts, means and sums of squared differences from the mean, (pieces, 3, C).
        """
        counts, means, squares = pieces.swapaxes(0, 1)
        means, squares = means / self.gain, squares / self.gain**2
        count = counts.sum(axis=0)
        mean = (counts * means).sum(axis=0) / count
        variance = (squares + counts * (means - mean) ** 2).sum(axis=0) / count
        # A channel without variance, in a photo of one colour, still has that of rounding. Divided by next to nothing,
        # layer after layer, that would become a pattern.
        variance = np.where(variance > _ROUNDING * (variance + mean**2).max(), variance, np.inf)
        scale = self.weight / np.sqrt(variance + _EPSILON)
        centre = np.maximum(self.bias, 0)
        centred = -mean * scale
        shifts = (centred + self.bias - centre, -centre, centred, centred + self.bias)
        return Reading(aligned_copy(scale / self.gain), *map(aligned_copy, shifts))


@dataclass(frozen=True)
class NativeWeights:
    """Kernels, packed, and norms by the network's names: conv1 … conv5, conv_out, res_blocks.0.conv1 … and in1 …"""

    kernels: dict[str, Kept]
    norms: dict[str, Norm]
    bias: Floats
    """conv_out's; the others' would be subtracted again by the norms."""
    output: Output


def pack_weights(style: StyleWeights, channels: int, kind: np.dtype[np.floating]) -> NativeWeights:
    """Return the style's weights for kernels that compute ``channels`` output channels at a time from such numbers."""
    kernels: dict[str, Kept] = {}
    norms: dict[str, Norm] = {}
    # One after another: in float64 all of them would be 130 MB.
    for name, matrices in _transformed(style):
        gain = _gain(style[f"{name}.weight"])
        kernels[name] = _packed(matrices * gain, channels, kind)
        norm = name.replace("conv", "in")
        norms[norm] = Norm(_double(style[f"{norm}.weight"]), _double(style[f"{norm}.bias"]), gain)
    kernels["conv_out"] = _colours(_nine(style["conv_out.weight"]))
    return NativeWeights(kernels, norms, aligned_copy(style["conv_out.bias"]), style.output)


def _transformed(style: StyleWeights) -> Iterator[tuple[str, Doubles]]:
    yield "conv1", _nine(style["conv1.weight"] / 255.0)
    for name in ("conv2", "conv3"):
        yield name, _at_points(_phases(style[f"{name}.weight"]), _SHORT_KERNEL_AT_8)
    for name in ("conv4", "conv5"):
        yield name, _at_points(_corners(style[f"{name}.weight"]), _SHORT_KERNEL_AT_8)
    for block in range(RESIDUAL_BLOCKS):
        for index in (1, 2):
            name = f"res_blocks.{block}.conv{index}"
            yield name, _at_points(style[f"{name}.weight"], _KERNEL_AT_8)


def _gain(weight: Floats) -> float:
    """Return a power of two that brings a layer's weights and its output to the middle of half precision's range.

    A pixel is then at most 64 times as large as what the kernel covers, mostly two. Half precision holds 65,504, and
    down to 6e-5 with all its digits.
    """
    largest = np.abs(weight).sum(axis=(1, 2, 3)).max()
    return float(2.0 ** np.floor(np.log2(64 / largest))) if largest > 0 else 1.0


def _double(array: Floats) -> Doubles:
    return array.astype(np.float64)


def _at_points(weight: NDArray[np.floating], kernel: Doubles) -> Doubles:
    """Return (out, in, k, k) evaluated at the points of both directions: (points², out, in)."""
    # Two products: einsum with three operands would take a hundred times as long.
    rows = np.tensordot(kernel, weight.astype(np.float64), (1, 2))  # (points, out, in, k)
    values = np.tensordot(rows, kernel, (3, 1))  # (points, out, in, points)
    points: Doubles = values.transpose(0, 3, 1, 2).reshape(-1, *weight.shape[:2])
    return points


def _corners(weight: Floats) -> Doubles:
    """Return a 3×3 kernel on repeated pixels, (out, in, 3, 3), as 2×2 on the small ones: (4 · out, in, 2, 2)."""
    corners: Doubles = np.einsum("yak,oikl,xbl->yxoiab", _CORNER, _double(weight), _CORNER, optimize=True)
    flat: Doubles = corners.reshape(-1, *corners.shape[3:])
    return flat


def _phases(weight: Floats) -> Doubles:
    """Return a 3×3 kernel of stride 2, (out, in, 3, 3), as 2×2 on even and odd pixels: (out, 4 · in, 2, 2)."""
    out_channels, in_channels = weight.shape[:2]
    filled = np.zeros((out_channels, in_channels, 4, 4))
    filled[:, :, :3, :3] = weight
    parts = filled.reshape(out_channels, in_channels, 2, 2, 2, 2).transpose(0, 3, 5, 1, 2, 4)
    return parts.reshape(out_channels, 4 * in_channels, 2, 2)


def _nine(weight: NDArray[np.floating]) -> Doubles:
    """Return a 9×9 kernel, (out, in, 9, 9), as nine of 3×3 at the points: (25, out, 9 · in)."""
    out_channels, in_channels = weight.shape[:2]
    parts = weight.reshape(out_channels, in_channels, 3, 3, 3, 3).transpose(0, 2, 4, 1, 3, 5)
    return _at_points(parts.reshape(out_channels, 9 * in_channels, 3, 3), _KERNEL_AT_5)


def _packed(matrices: Doubles, channels: int, kind: np.dtype[np.floating]) -> Kept:
    """Return (count, out, k) as (count, out / channels, k, channels)."""
    count, out_channels, length = matrices.shape
    return aligned_copy(matrices.reshape(count, out_channels // channels, channels, length).swapaxes(2, 3), kind)


def _colours(matrices: Doubles) -> Floats:
    """Return (25, 3, 9 · in) as (25, 9 · in, 3)."""
    return aligned_copy(matrices.swapaxes(1, 2))
