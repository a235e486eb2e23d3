"""Convolutions of the network rewritten so that any runtime computes them in less time, and equally."""

from __future__ import annotations

import torch
from torch import Tensor


def enlarging_kernel(weight: Tensor) -> Tensor:
    """Return the transposed convolution that enlarges ×2 by repeating pixels and then convolves.

    Repeating pixels is a convolution with a 2×2 box, so both are one 4×4 kernel with stride 2: 4 of its 16 taps meet a
    pixel of the result, where the 3×3 kernel on the enlarged map spends 9. Its input must be padded by repeating the
    edge, which is what reflection by 1 gives after pixels were repeated; 3 pixels are cropped off on every side.

    Args:
        weight: (out, in, 3, 3).

    Returns:
        (in, out, 4, 4), as transposed convolutions are stored.
    """
    out_channels, in_channels = weight.shape[:2]
    # A transposed convolution scatters what a convolution gathers: the kernel is turned by half a turn.
    turned = weight.flip(2, 3).transpose(0, 1)
    kernel = weight.new_zeros((in_channels, out_channels, 4, 4))
    for row in (0, 1):
        for column in (0, 1):
            kernel[:, :, row : row + 3, column : column + 3] += turned
    return kernel


def corner_kernels(weight: Tensor) -> Tensor:
    """Return the convolution on the corners of the small map that enlarges ×2 by repeating pixels and then convolves.

    Each of the four pixels around a corner meets two of the small map's rows and columns: 4 products where the 3×3
    kernel on the enlarged map has 9. The small map must be padded by repeating its edge once.

    Args:
        weight: (out, in, 3, 3).

    Returns:
        (4 · out, in, 2, 2): the pixels above left, above right, below left and below right of the corner, each with
        all its channels.
    """
    # Of the three rows of the kernel, those that meet the corner's upper and lower row of pixels.
    meets = weight.new_tensor([[[1, 1, 0], [0, 0, 1]], [[1, 0, 0], [0, 1, 1]]])
    folded = torch.einsum("yak,oikl,xbl->yxoiab", meets, weight, meets)
    return folded.reshape(4 * weight.shape[0], -1, 2, 2)


def column_kernels(weight: Tensor) -> Tensor:
    """Return a k×k kernel's columns as channels of one k×1 kernel, whose products are then shifted and added.

    Runtimes compute 8 or more output channels at once, however few there are; 3 would waste most of that.

    Args:
        weight: (out, in, k, k).

    Returns:
        (k · out, in, k, 1): column 0 of every output channel, then column 1, …
    """
    out_channels, in_channels, size, _ = weight.shape
    return torch.permute(weight, (3, 0, 1, 2)).reshape(size * out_channels, in_channels, size, 1).contiguous()
