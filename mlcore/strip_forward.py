"""The forward pass for painting: the same result as ``TransformerNetwork.forward`` in a quarter of the memory.

A convolution sees only its neighbourhood, so each is computed in horizontal strips: the padded and enlarged copies of
its input, which weigh more than input and output together, exist for one strip at a time. Instance normalisation
needs the whole picture, but only for two numbers a channel, and is then done in place. What remains at the widest
point is conv5's input and output, 192 bytes a pixel.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mlcore.progress_report import Report, silent
from mlcore.transformer_network import ResidualBlock, TransformerNetwork, to_unit_range

STRIP_VALUES = 6_000_000
"""Numbers in the padded input of one strip: 24 MB, so that a strip is worth its overhead and memory stays flat."""

_PIECE = 1 << 16


@torch.inference_mode()
def strip_forward(network: TransformerNetwork, photo: Tensor, report: Report = silent) -> Tensor:
    """Paint RGB in [0, 1], (B, 3, H, W), H and W multiples of 4 and at least 16; the same shape and range."""
    blocks = [cast(ResidualBlock, block) for block in network.res_blocks]
    pixels = photo.shape[-2] * photo.shape[-1]
    work = _Work(pixels * (sum(_COST.values()) + len(blocks) * _BLOCK_COST), report)
    # channels_last is what oneDNN and cuDNN convolve fastest in, and makes a strip of rows one piece of memory.
    x = photo.contiguous(memory_format=torch.channels_last)
    for convolution, norm, cost in (
        (network.conv1, network.in1, "conv1"),
        (network.conv2, network.in2, "conv2"),
        (network.conv3, network.in3, "conv3"),
    ):
        x = _normalise(_convolve(convolution, x, work.share(_COST[cost] * pixels)), norm).relu_()
    for block in blocks:
        y = _convolve(block.conv1, x, work.share(_BLOCK_COST / 2 * pixels))
        y = _convolve(block.conv2, _normalise(y, block.in1).relu_(), work.share(_BLOCK_COST / 2 * pixels))
        x = _normalise(y, block.in2).add_(x)
        del y
    for convolution, norm, cost in ((network.conv4, network.in4, "conv4"), (network.conv5, network.in5, "conv5")):
        x = _normalise(_convolve(convolution, x, work.share(_COST[cost] * pixels), enlarge=2), norm).relu_()
    x = _convolve(network.conv_out, x, work.share(_COST["conv_out"] * pixels))
    return to_unit_range(x, network.output)


# Thousand multiply-adds for each pixel of the photo, for honest progress; conv_out has too few channels for the
# processor's vectors and counts as long as it takes, about three times its 7.8.
_COST = {"conv1": 7.8, "conv2": 4.6, "conv3": 4.6, "conv4": 18.4, "conv5": 18.4, "conv_out": 23.4}
_BLOCK_COST = 18.4


class _Work:
    """Turns finished strips into calls of ``report``."""

    def __init__(self, total: float, report: Report) -> None:
        self._total, self._report, self._done = total, report, 0.0
        report(0.0)

    def share(self, cost: float) -> Report:
        """Return a report for one layer, called with the share of the layer that a strip was."""

        def advance(part: float) -> None:
            self._done += cost * part
            self._report(min(1.0, self._done / self._total))

        return advance


def _convolve(convolution: nn.Conv2d, x: Tensor, advance: Report, *, enlarge: int = 1) -> Tensor:
    """Reflection padding and convolution of (B, C, H, W), enlarged ``enlarge`` times first by repeating pixels."""
    kernel, stride = convolution.kernel_size[0], convolution.stride[0]
    margin = kernel // 2
    batch, channels = x.shape[:2]
    height, width = x.shape[-2] * enlarge, x.shape[-1] * enlarge
    out_height, out_width = -(-height // stride), -(-width // stride)
    out = torch.empty(
        (batch, convolution.out_channels, out_height, out_width),
        dtype=x.dtype,
        device=x.device,
        memory_format=torch.channels_last,
    )
    rows = max(kernel, STRIP_VALUES // (batch * channels * (width + 2 * margin)) // stride)
    for top in range(0, out_height, rows):
        bottom = min(top + rows, out_height)
        # Rows of the enlarged input that this strip reads; those outside it are reflected.
        first, last = top * stride - margin, (bottom - 1) * stride - margin + kernel
        inside_first, inside_last = max(first, 0), min(last, height)
        strip = x[:, :, inside_first // enlarge : -(-inside_last // enlarge)]
        if enlarge > 1:
            offset = inside_first % enlarge
            strip = _repeat_pixels(strip, enlarge)[:, :, offset : offset + inside_last - inside_first]
        strip = F.pad(strip, (margin, margin, inside_first - first, last - inside_last), mode="reflect")
        out[:, :, top:bottom] = F.conv2d(strip, convolution.weight, convolution.bias, stride)
        del strip
        advance((bottom - top) / out_height)
    return out


def _repeat_pixels(x: Tensor, times: int) -> Tensor:
    """Nearest-neighbour enlargement; as a copy of whole pixels far quicker than ``F.interpolate`` in channels_last."""
    batch, channels, height, width = x.shape
    pixels = x.permute(0, 2, 3, 1)[:, :, None, :, None].expand(batch, height, times, width, times, channels)
    return pixels.reshape(batch, height * times, width * times, channels).permute(0, 3, 1, 2)


def _normalise(x: Tensor, norm: nn.InstanceNorm2d) -> Tensor:
    """Instance normalisation of (B, C, H, W) in channels_last, in place; ``F.instance_norm`` leaves that layout."""
    channels = x.shape[1]
    # One buffer for all pieces: a new one each time would leave the heap in fragments, half the picture's size in all.
    buffer = torch.empty((_PIECE, channels), dtype=x.dtype, device=x.device)
    for item in x:
        values = item.permute(1, 2, 0).reshape(-1, channels)  # a view: (H·W, C)
        mean = values.mean(dim=0)
        values.sub_(mean)
        # After the mean is taken off, so that the sum of squares loses no digits; in pieces, to need no second copy.
        squares = torch.zeros_like(mean)
        for piece in values.split(_PIECE):
            squares += torch.mul(piece, piece, out=buffer[: len(piece)]).sum(dim=0)
        variance = squares / len(values)
        values.mul_(norm.weight / torch.sqrt(variance + norm.eps)).add_(norm.bias)
    return x
