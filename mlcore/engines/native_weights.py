"""A style's weights as the kernels in ``native/`` read them: transformed for Winograd's filtering and packed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlcore.engines.aligned_arrays import aligned_copy
from mlcore.engines.style_weights import RESIDUAL_BLOCKS, StyleWeights
from mlcore.network_output import Output

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

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
"""Of the largest channel's mean square: variance that cannot be told from rounding."""


@dataclass(frozen=True)
class Norm:
    """An instance norm's weight and bias, (C,)."""

    weight: Doubles
    bias: Doubles

    def scale_and_shift(self, pieces: Doubles) -> tuple[Floats, Floats]:
        """Return what turns values into ``(value − mean) / sqrt(variance + ε) · weight + bias``.

        Args:
            pieces: counts, means and sums of squared differences from the mean, (pieces, 3, C).
        """
        counts, means, squares = pieces.swapaxes(0, 1)
        count = counts.sum(axis=0)
        mean = (counts * means).sum(axis=0) / count
        variance = (squares + counts * (means - mean) ** 2).sum(axis=0) / count
        # A channel without variance, in a photo of one colour, still has the rounding of Winograd's filtering. Divided
        # by next to nothing, layer after layer, that would become a pattern.
        variance = np.where(variance > _ROUNDING * (variance + mean**2).max(), variance, np.inf)
        scale = self.weight / np.sqrt(variance + _EPSILON)
        return aligned_copy(scale), aligned_copy(self.bias - mean * scale)


@dataclass(frozen=True)
class NativeWeights:
    """Kernels, packed, and norms by the network's names: conv1 … conv5, conv_out, res_blocks.0.conv1 … and in1 …"""

    kernels: dict[str, Floats]
    norms: dict[str, Norm]
    bias: Floats
    """conv_out's; the others' would be subtracted again by the norms."""
    output: Output


def pack_weights(style: StyleWeights, channels: int) -> NativeWeights:
    """Return the style's weights for kernels that compute ``channels`` output channels at a time."""
    kernels = {
        "conv1": _packed(_nine(style["conv1.weight"] / 255.0), channels),
        "conv2": _packed(_at_points(_phases(style["conv2.weight"]), _SHORT_KERNEL_AT_8), channels),
        "conv3": _packed(_at_points(_phases(style["conv3.weight"]), _SHORT_KERNEL_AT_8), channels),
        "conv4": _packed(_at_points(_corners(style["conv4.weight"]), _SHORT_KERNEL_AT_8), channels),
        "conv5": _packed(_at_points(_corners(style["conv5.weight"]), _SHORT_KERNEL_AT_8), channels),
        "conv_out": _colours(_nine(style["conv_out.weight"])),
    }
    names = ["in1", "in2", "in3", "in4", "in5"]
    for block in range(RESIDUAL_BLOCKS):
        for index in (1, 2):
            name = f"res_blocks.{block}.conv{index}"
            kernels[name] = _packed(_at_points(style[f"{name}.weight"], _KERNEL_AT_8), channels)
            names.append(f"res_blocks.{block}.in{index}")
    norms = {name: Norm(_double(style[f"{name}.weight"]), _double(style[f"{name}.bias"])) for name in names}
    return NativeWeights(kernels, norms, aligned_copy(style["conv_out.bias"]), style.output)


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


def _packed(matrices: Doubles, channels: int) -> Floats:
    """Return (count, out, k) as (count, out / channels, k, channels)."""
    count, out_channels, length = matrices.shape
    return aligned_copy(matrices.reshape(count, out_channels // channels, channels, length).swapaxes(2, 3))


def _colours(matrices: Doubles) -> Floats:
    """Return (25, 3, 9 · in) as (25, 9 · in, 3)."""
    return aligned_copy(matrices.swapaxes(1, 2))
