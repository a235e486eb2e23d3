"""The forward pass over whole pictures in half precision, for a GPU.

The arithmetic of ``TransformerNetwork.forward`` with what can be folded once: enlargement and convolution are one
convolution on the small map, biases that the next normalisation would subtract again are left out, channels are
rounded up to what tensor cores take.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mlcore.folded_kernels import column_kernels, corner_kernels
from mlcore.transformer_network import ResidualBlock, TransformerNetwork, to_unit_range

_EPSILON = 1e-5
_CHANNELS = 8
"""Tensor cores of half precision work on multiples of this."""


class WholeForward(nn.Module):
    """A network's weights, folded, on its device; call it with photos.

    Input: RGB in [0, 1], (B, 3, H, W), H and W multiples of 4 and at least 16. Output: the same shape, float32.

    Args:
        network: in eval mode; it is not changed.
        dtype: of weights and activations. Statistics of instance normalisation are float32 whatever it is.
    """

    def __init__(self, network: TransformerNetwork, dtype: torch.dtype = torch.float16) -> None:
        super().__init__()
        self.dtype, self.output = dtype, network.output
        blocks = [cast(ResidualBlock, block) for block in network.res_blocks]
        self.encoder = self._weights(
            [_with_input_channels(network.conv1.weight), network.conv2.weight, network.conv3.weight]
        )
        self.encoder_norms = self._norms([network.in1, network.in2, network.in3])
        self.blocks = self._weights([conv.weight for block in blocks for conv in (block.conv1, block.conv2)])
        self.block_norms = self._norms([norm for block in blocks for norm in (block.in1, block.in2)])
        self.decoder = self._weights([corner_kernels(network.conv4.weight), corner_kernels(network.conv5.weight)])
        self.decoder_norms = self._norms([network.in4, network.in5])
        self.columns = self._weights([_column_weight(network.conv_out.weight)])
        self.bias = nn.Parameter(cast(Tensor, network.conv_out.bias).detach().float(), requires_grad=False)

    def forward(self, photo: Tensor) -> Tensor:
        """Map RGB in [0, 1] to RGB in [0, 1]."""
        x = F.pad(photo.to(self.dtype), (0, 0, 0, 0, 0, _CHANNELS - photo.shape[1]))
        x = x.contiguous(memory_format=torch.channels_last)
        for weight, norm, stride in zip(self.encoder, self.encoder_norms, (1, 2, 2), strict=True):
            x = F.relu(_normalised(F.conv2d(_reflected(x, weight.shape[-1] // 2), weight, stride=stride), norm))
        for index in range(0, len(self.blocks), 2):
            y = F.relu(_normalised(F.conv2d(_reflected(x, 1), self.blocks[index]), self.block_norms[index]))
            x = x + _normalised(F.conv2d(_reflected(y, 1), self.blocks[index + 1]), self.block_norms[index + 1])
        for weight, norm in zip(self.decoder, self.decoder_norms, strict=True):
            x = F.relu(_normalised(_enlarged(x, weight), norm))
        return to_unit_range(self._last_convolution(x), self.output)

    def _last_convolution(self, x: Tensor) -> Tensor:
        (weight,) = self.columns
        size, width, channels = weight.shape[2], x.shape[-1], len(self.bias)
        products = F.conv2d(_reflected(x, size // 2), weight)
        # Channel s · 3 + c at column j + s belongs to channel c at column j.
        shifted = [
            products[:, shift * channels : (shift + 1) * channels, :, shift : shift + width] for shift in range(size)
        ]
        return torch.stack(shifted).sum(dim=0, dtype=torch.float32) + self.bias.view(1, -1, 1, 1)

    def _weights(self, weights: list[Tensor]) -> nn.ParameterList:
        return nn.ParameterList(
            nn.Parameter(weight.detach().to(self.dtype, memory_format=torch.channels_last), requires_grad=False)
            for weight in weights
        )

    def _norms(self, norms: list[nn.InstanceNorm2d]) -> nn.ParameterList:
        return nn.ParameterList(
            nn.Parameter(torch.stack([norm.weight, norm.bias]).detach().float().view(2, 1, -1, 1, 1), False)
            for norm in norms
        )


def _normalised(x: Tensor, norm: Tensor) -> Tensor:
    """Instance normalisation of (B, C, H, W); ``norm`` is scale and shift, (2, 1, C, 1, 1) in float32."""
    count = x.shape[-2] * x.shape[-1]
    mean = x.sum(dim=(2, 3), keepdim=True, dtype=torch.float32) / count
    square = torch.linalg.vector_norm(x, dim=(2, 3), keepdim=True, dtype=torch.float32).square() / count
    scale = norm[0] * torch.rsqrt((square - mean.square()).clamp(min=0) + _EPSILON)
    # In float32 within the kernel: a mean far from 0 would cost half precision its digits.
    return torch.addcmul(norm[1] - mean * scale, x, scale).to(x.dtype)


def _reflected(x: Tensor, margin: int) -> Tensor:
    return F.pad(x, (margin,) * 4, mode="reflect").contiguous(memory_format=torch.channels_last)


def _enlarged(x: Tensor, weight: Tensor) -> Tensor:
    """Repeat pixels ×2 and convolve: one convolution on the corners between pixels, each giving a 2×2 square."""
    padded = F.pad(x, (1,) * 4, mode="replicate").contiguous(memory_format=torch.channels_last)
    squares = F.conv2d(padded, weight)
    batch, channels, height, width = squares.shape
    pixels = squares.permute(0, 2, 3, 1).reshape(batch, height, width, 2, 2, channels // 4)
    large = pixels.permute(0, 1, 3, 2, 4, 5).reshape(batch, height * 2, width * 2, channels // 4)
    # The outermost squares reach one pixel over the edge.
    return large[:, 1:-1, 1:-1].permute(0, 3, 1, 2)


def _column_weight(weight: Tensor) -> Tensor:
    """Make (3, I, k, k) one k×1 kernel with 3 · k channels: each column by itself, rounded up with zeros."""
    columns = column_kernels(weight)
    return F.pad(columns, (0, 0, 0, 0, 0, 0, 0, -len(columns) % _CHANNELS))


def _with_input_channels(weight: Tensor) -> Tensor:
    return F.pad(weight, (0, 0, 0, 0, 0, _CHANNELS - weight.shape[1]))
