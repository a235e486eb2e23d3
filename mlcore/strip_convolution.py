"""The network's convolutions, a strip of rows at a time.

Maps are (height, width, channels): what oneDNN and cuDNN convolve fastest in, and what makes a strip of rows one piece
of memory.
"""

from __future__ import annotations

from typing import Protocol

from torch import Tensor
from torch.nn import functional as F

from mlcore.folded_kernels import column_kernels, corner_kernels
from mlcore.strip_rows import Edge, PaddedRows, Rows


class Kernel(Protocol):
    """A convolution's arithmetic and geometry."""

    margin: int
    edge: Edge
    bias: Tensor | None
    """(channels,)."""

    def size(self, height: int, width: int) -> tuple[int, int, int]:
        """Return height, width and channels of the result for an input of ``height`` × ``width``."""

    def needs(self, first: int, last: int) -> tuple[int, int]:
        """Return which rows of the input the rows ``first`` to ``last`` (exclusive) of the result are made of."""

    def apply(self, padded: Tensor, first: int, last: int) -> Tensor:
        """Return these rows, (last − first, width, channels), of the padded rows that they need."""


class PlainKernel:
    """A k×k convolution with any stride, padded by reflection; weight: (out, in, k, k)."""

    edge: Edge = "reflect"

    def __init__(self, weight: Tensor, stride: int = 1) -> None:
        self.weight, self.stride = weight, stride
        self.margin = weight.shape[-1] // 2
        self.bias: Tensor | None = None

    def size(self, height: int, width: int) -> tuple[int, int, int]:
        """Return height, width and channels of the result for an input of ``height`` × ``width``."""
        return -(-height // self.stride), -(-width // self.stride), self.weight.shape[0]

    def needs(self, first: int, last: int) -> tuple[int, int]:
        """Return which rows of the input the rows ``first`` to ``last`` (exclusive) of the result are made of."""
        return first * self.stride - self.margin, (last - 1) * self.stride + self.margin + 1

    def apply(self, padded: Tensor, first: int, last: int) -> Tensor:
        """Return these rows of the padded rows that they need."""
        return _convolve(padded, self.weight, self.bias, self.stride)


class EnlargingKernel:
    """A 3×3 convolution, weight (out, in, 3, 3), on the input enlarged ×2 by repeating pixels: 4/9 of its arithmetic.

    Of the 3×3 pixels of the enlarged map that a pixel of the result sees at most 2×2 differ. The four pixels around a
    corner of the input's pixels see the same 2×2, so all are made by one 2×2 convolution with 4 times the channels,
    whose cell (i, j) holds the pixels (2i − 1, 2j − 1) to (2i, 2j). Reflection by 1 of the enlarged map repeats its
    edge, which is a repeated edge of the input.
    """

    edge: Edge = "replicate"
    margin = 1

    def __init__(self, weight: Tensor) -> None:
        self.channels = weight.shape[0]
        self.weight = corner_kernels(weight)
        self.bias: Tensor | None = None

    def size(self, height: int, width: int) -> tuple[int, int, int]:
        """Return height, width and channels of the result for an input of ``height`` × ``width``."""
        return 2 * height, 2 * width, self.channels

    def needs(self, first: int, last: int) -> tuple[int, int]:
        """Return which rows of the input the rows ``first`` to ``last`` (exclusive) of the result are made of."""
        return (first + 1) // 2 - 1, last // 2 + 1

    def apply(self, padded: Tensor, first: int, last: int) -> Tensor:
        """Return these rows of the padded rows that they need."""
        bias = None if self.bias is None else self.bias.repeat(4)
        cells = _convolve(padded, self.weight, bias, 1)
        rows, columns = cells.shape[:2]
        pixels = cells.view(rows, columns, 2, 2, self.channels).transpose(1, 2)
        pixels = pixels.reshape(2 * rows, 2 * columns, self.channels)
        top = first - (2 * ((first + 1) // 2) - 1)
        return pixels[top : top + last - first, 1:-1]


class ColumnKernel(PlainKernel):
    """A k×k convolution with few output channels, on a CPU in a quarter of the time.

    oneDNN computes 8 or more output channels at once, however few there are. The k×k kernel is k columns, which become
    the output channels of one k×1 kernel; their products are then shifted and added.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__(weight)
        self.bias = bias
        self._columns = column_kernels(weight)

    def apply(self, padded: Tensor, first: int, last: int) -> Tensor:
        """Return these rows of the padded rows that they need."""
        if padded.device.type != "cpu":
            return super().apply(padded, first, last)
        outputs, _, size, _ = self.weight.shape
        products = _convolve(padded, self._columns, None, 1)
        width = products.shape[1] - size + 1
        total = products[:, :width, :outputs].clone()
        for shift in range(1, size):
            total += products[:, shift : shift + width, shift * outputs : (shift + 1) * outputs]
        return total if self.bias is None else total.add_(self.bias)


class Convolved:
    """Rows that are computed when they are read: the convolution of other rows.

    Args:
        kernel: what to compute.
        rows: of what.
        threshold: lower bound of every channel of ``rows`` before, (channels,).
    """

    def __init__(self, kernel: Kernel, rows: Rows, like: Tensor, threshold: Tensor | None = None) -> None:
        self.kernel = kernel
        self._padded = PaddedRows(rows, kernel.margin, kernel.edge, like, threshold)

    @property
    def size(self) -> tuple[int, int, int]:
        """Height, width, channels of the result."""
        height, width, _ = self._padded.rows.size
        return self.kernel.size(height, width)

    def read(self, first: int, last: int) -> Tensor:
        """Compute the rows ``first`` to ``last`` (exclusive)."""
        return self.kernel.apply(self._padded.read(*self.kernel.needs(first, last)), first, last)


def _convolve(padded: Tensor, weight: Tensor, bias: Tensor | None, stride: int) -> Tensor:
    """Convolve (height, width, in), without padding, to (height', width', out)."""
    # The batch dimension is added first: added after the channels were moved, its stride hides the layout from torch,
    # which would then copy everything into another.
    return F.conv2d(padded[None].permute(0, 3, 1, 2), weight, bias, stride)[0].permute(1, 2, 0)
