"""The forward pass for painting: what ``TransformerNetwork.forward`` gives, in less time and far less memory.

Every layer goes through the picture in strips of rows (:mod:`mlcore.strip_convolution`). Instance normalisation needs
the whole picture, but only for two numbers a channel: they are summed up while the convolution's strips pass, and what
is then left of the norm is one comparison a value, done when the next layer reads them
(:mod:`mlcore.strip_statistics`). Small pictures keep every map; of large ones the widest, the first and the last, are
computed twice, once for the two numbers and once for the next layer, and never stored (:mod:`mlcore.strip_plan`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from mlcore.progress_report import Report, silent
from mlcore.strip_convolution import ColumnKernel, Convolved, EnlargingKernel, Kernel, PlainKernel
from mlcore.strip_plan import StripPlan, Workspace
from mlcore.strip_rows import Rows, StoredRows
from mlcore.strip_statistics import ChannelStatistics, Normalisation, sign
from mlcore.transformer_network import ResidualBlock, TransformerNetwork, to_unit_range

Write = Callable[[int, int, Tensor], None]
"""Called with first and last (exclusive) row and the painting there, RGB in [0, 1], (rows, width, 3)."""


@torch.inference_mode()
def strip_forward(
    network: TransformerNetwork, photo: Tensor, report: Report = silent, plan: StripPlan | None = None
) -> Tensor:
    """Paint RGB in [0, 1], (B, 3, H, W), H and W multiples of 4 and at least 16; the same shape and range."""
    painted = torch.empty_like(photo, memory_format=torch.contiguous_format)
    for index, (item, target) in enumerate(zip(photo, painted, strict=True)):
        rows = target.permute(1, 2, 0)

        def write(first: int, last: int, strip: Tensor, rows: Tensor = rows) -> None:
            rows[first:last] = strip

        def advance(share: float, before: int = index) -> None:
            report((before + share) / len(photo))

        paint_rows(network, StoredRows(item.permute(1, 2, 0)), write, advance, plan)
    return painted


@torch.inference_mode()
def paint_rows(
    network: TransformerNetwork, photo: Rows, write: Write, report: Report = silent, plan: StripPlan | None = None
) -> None:
    """Paint a photo row by row.

    Args:
        network: in single precision.
        photo: RGB in [0, 1] on the network's device, height and width multiples of 4 and at least 16.
        write: takes the painting's strips, from top to bottom.
        report: called after every strip with the share done; what it raises stops the painting.
        plan: how to cut and what to keep.
    """
    _Painter(network, photo, report, plan or StripPlan()).paint(write)


@dataclass(frozen=True)
class _Measured:
    """A map whose norm and ReLU are known and applied when it is read."""

    rows: Rows
    rest: Normalisation
    cost: float
    """Of computing it once more: 0 for a stored map."""


# Thousand multiply-adds for each pixel of the photo, for honest progress. conv_out's 27 columns count as the 32 that
# the processor's vectors make of them, conv4 and conv5 with 4/9 of what their kernels have.
_COSTS = {"conv1": 7.8, "conv2": 4.6, "conv3": 4.6, "conv4": 8.2, "conv5": 8.2, "conv_out": 9.2}
_BLOCK_COST = 9.2


class _Painter:
    """One picture on its way through the network."""

    def __init__(self, network: TransformerNetwork, photo: Rows, report: Report, plan: StripPlan) -> None:
        self._network, self._photo, self._report, self._plan = network, photo, report, plan
        self._like = network.conv1.weight
        self._height, self._width, _ = photo.size
        self._keeps = plan.keeps_widest(self._height, self._width)
        self._done = 0.0
        again = 0.0 if self._keeps else _COSTS["conv1"] + _COSTS["conv5"]
        self._total = sum(_COSTS.values()) + len(network.res_blocks) * 2 * _BLOCK_COST + again
        report(0.0)

    def paint(self, write: Write) -> None:
        network, full = self._network, (self._height, self._width)
        half, quarter = (full[0] // 2, full[1] // 2), (full[0] // 4, full[1] // 4)
        space = Workspace(self._plan, *full, self._like)

        kept = space.top(*full) if self._keeps else None
        map1 = self._layer(network.conv1, network.in1, self._photo, kept, _COSTS["conv1"])
        map2 = self._layer(network.conv2, network.in2, map1, space.top(*half), _COSTS["conv2"])
        map3 = self._layer(network.conv3, network.in3, map2, space.top(*quarter), _COSTS["conv3"])

        x, y = space.bottom(*quarter), space.top(*quarter)
        self._settle(map3, x)
        for block in network.res_blocks:
            self._residual(cast(ResidualBlock, block), x, y)

        map4 = self._layer(network.conv4, network.in4, StoredRows(x), space.bottom(*half), _COSTS["conv4"], True)
        kept = space.bottom(*full) if self._keeps else None
        map5 = self._layer(network.conv5, network.in5, map4, kept, _COSTS["conv5"], True)
        self._finish(map5, write)

    def _layer(
        self,
        convolution: nn.Conv2d,
        norm: nn.InstanceNorm2d,
        source: Rows | _Measured,
        out: Tensor | None,
        cost: float,
        enlarges: bool = False,
    ) -> _Measured:
        """Convolve and measure for the norm; ``out`` keeps the result, without it the result is computed once more.

        The convolution's own bias is left out, since the norm takes it off. In its place stands what makes the first
        strip's mean 0, so that the sums of squares and what is stored in half precision lose no digits to the mean.
        """
        weight = convolution.weight * sign(norm).view(-1, 1, 1, 1)
        if isinstance(source, _Measured):
            rows, again = source.rows, source.cost
            threshold: Tensor | None = source.rest.threshold
            weight = weight * source.rest.scale.view(1, -1, 1, 1)
        else:
            rows, threshold, again = source, None, 0.0
        kernel: Kernel = EnlargingKernel(weight) if enlarges else PlainKernel(weight, convolution.stride[0])
        convolved = Convolved(kernel, rows, self._like, threshold)
        height, _, channels = convolved.size
        strips = list(self._strips(height))
        statistics = ChannelStatistics(len(strips), channels, self._like)
        for first, last in strips:
            strip = convolved.read(first, last)
            if first == 0:
                kernel.bias = -strip.mean((0, 1))
                strip += kernel.bias
            statistics.add(strip)
            if out is not None:
                _store(out, first, last, strip)
            del strip
            self._advance((cost + again) * (last - first) / height)
        rest = Normalisation.of(norm, statistics)
        return _Measured(convolved, rest, cost) if out is None else _Measured(StoredRows(out), rest, 0.0)

    def _settle(self, source: _Measured, out: Tensor) -> None:
        """Apply norm and ReLU, but for a constant in each channel."""
        rest = source.rest
        for first, last in self._strips(len(out)):
            values = source.rows.read(first, last).to(rest.scale)
            _store(out, first, last, torch.maximum(values, rest.threshold).mul_(rest.scale))

    def _residual(self, block: ResidualBlock, x: Tensor, y: Tensor) -> None:
        """Add to ``x`` what the block makes of it, in place, by way of ``y``."""
        inner = self._layer(block.conv1, block.in1, StoredRows(x), y, _BLOCK_COST)
        outer = self._layer(block.conv2, block.in2, inner, y, _BLOCK_COST)
        # The constants of in2 are left out: every layer that sees x is followed by a norm, which takes them off.
        scale = outer.rest.scale
        for first, last in self._strips(len(x)):
            _store(x, first, last, torch.addcmul(x[first:last].to(scale), y[first:last].to(scale), scale))

    def _finish(self, source: _Measured, write: Write) -> None:
        """Give conv_out's painting to ``write``."""
        convolution, rest = self._network.conv_out, source.rest
        weight = convolution.weight * rest.scale.view(1, -1, 1, 1)
        # No norm follows: here the constant that each channel's activation lacks counts.
        bias = -(weight.sum((2, 3)).cpu().double() @ rest.threshold.cpu().double()).to(weight)
        if convolution.bias is not None:
            bias += convolution.bias
        painted = Convolved(ColumnKernel(weight, bias), source.rows, self._like, rest.threshold)
        for first, last in self._strips(self._height):
            write(first, last, to_unit_range(painted.read(first, last), self._network.output))
            self._advance((_COSTS["conv_out"] + source.cost) * (last - first) / self._height)

    def _strips(self, height: int) -> Iterator[tuple[int, int]]:
        return self._plan.strips(height, self._width, self._like.device)

    def _advance(self, cost: float) -> None:
        self._done += cost
        self._report(min(1.0, self._done / self._total))


def _store(out: Tensor, first: int, last: int, strip: Tensor) -> None:
    if out.dtype == torch.half:
        # No trained network comes near; one that does paints a little wrong there instead of nothing at all.
        limit = torch.finfo(torch.half).max
        strip = strip.clamp(-limit, limit)
    out[first:last] = strip
