"""The image transformation network of Johnson et al. (ECCV 2016), supplementary material.

Deviations from the paper, each with its reason:

* instance normalisation instead of batch normalisation (Ulyanov et al., 2016): contrast of one photo
  must not depend on its neighbours in the batch;
* nearest-neighbour upsampling before a convolution instead of a transposed convolution
  (Odena et al., 2016): no checkerboard;
* residual blocks are padded by reflection instead of cropped: sizes stay equal and borders stay clean;
* the output is ``(tanh + 1) / 2``: values in [0, 1] instead of [0, 255]. Networks trained elsewhere without a tanh
  have ``output="linear"``: what the last convolution gives, clamped to [0, 1].
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from mlcore.folded_kernels import column_kernels
from mlcore.network_output import Output

RESIDUAL_BLOCKS = 5
PARAMETER_COUNT = 1_679_235
PEAK_LIMIT = 5.0
"""Standard deviations. Of normally distributed activations one in 1.7 million lies beyond."""
DOWNSAMPLING = 4
"""Input height and width must be multiples of this for the output to have the same size."""


def _convolution(in_channels: int, out_channels: int, kernel: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(in_channels, out_channels, kernel, stride, padding=kernel // 2, padding_mode="reflect")


def _instance_norm(channels: int) -> nn.InstanceNorm2d:
    return nn.InstanceNorm2d(channels, affine=True)


class ResidualBlock(nn.Module):
    """``x + in2(conv2(relu(in1(conv1(x)))))`` without a ReLU after the sum (He et al., 2015; Gross & Wilber, 2016)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = _convolution(channels, channels, 3)
        self.in1 = _instance_norm(channels)
        self.conv2 = _convolution(channels, channels, 3)
        self.in2 = _instance_norm(channels)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to the same shape."""
        y: Tensor = F.relu(self.in1(self.conv1(x)), inplace=True)
        y = self.in2(self.conv2(y))
        return x + y


class TransformerNetwork(nn.Module):
    """Paint a photo in one forward pass: 1,679,235 parameters.

    Input: RGB in [0, 1], shape (B, 3, H, W), H and W multiples of 4 and at least 8.
    Output: RGB in [0, 1], the same shape. To paint large photos use ``strip_forward``: the same in less memory.

    With ``grad_checkpoint`` set, a backward pass computes the activations of encoder, residual blocks and decoder a
    second time instead of keeping them (Chen et al., 2016): the same gradients in less memory.

    Args:
        output: what follows the last convolution. The trainer makes "tanh"; "linear" is for networks from elsewhere.
    """

    def __init__(self, output: Output = "tanh") -> None:
        super().__init__()
        self.output: Output = output
        self.grad_checkpoint = False
        self.conv1, self.in1 = _convolution(3, 32, 9), _instance_norm(32)
        self.conv2, self.in2 = _convolution(32, 64, 3, stride=2), _instance_norm(64)
        self.conv3, self.in3 = _convolution(64, 128, 3, stride=2), _instance_norm(128)
        self.res_blocks = nn.ModuleList(ResidualBlock(128) for _ in range(RESIDUAL_BLOCKS))
        self.conv4, self.in4 = _convolution(128, 64, 3), _instance_norm(64)
        self.conv5, self.in5 = _convolution(64, 32, 3), _instance_norm(32)
        self.conv_out = _convolution(32, 3, 9)

    def pre_activation(self, x: Tensor) -> Tensor:
        """Return the last convolution's values, shape (B, 3, H, W), unbounded; the trainer penalises large ones."""
        return self.pre_activation_and_peaks(x)[0]

    def pre_activation_and_peaks(self, x: Tensor, peaks: bool = False) -> tuple[Tensor, Tensor]:
        """Return the last convolution's values and how far normalised activations peak, a scalar ≥ 0.

        A few pixels many standard deviations above the rest push an instance norm's statistics where the network wants
        them and show in the painting as a blob of odd colour (in generators: Karras et al., CVPR 2020, section 2).
        The second value is ``mean(relu(|x̂| − 5)²)`` over in4 and in5, whose x̂ has mean 0 and variance 1; without
        ``peaks`` it is 0.
        """
        x = self._part(self._encode, x)
        x = self._part(self._transform, x)
        z, excess = self._part(self._decode, x, peaks)
        return z, excess

    def _part(self, part: Callable[..., Any], *inputs: Any) -> Any:
        if self.grad_checkpoint and torch.is_grad_enabled():
            return checkpoint(part, *inputs, use_reentrant=False)
        return part(*inputs)

    def _encode(self, x: Tensor) -> Tensor:
        x = _normalised_relu(self.conv1, self.in1, x)
        x = _normalised_relu(self.conv2, self.in2, x)
        return _normalised_relu(self.conv3, self.in3, x)

    def _transform(self, x: Tensor) -> Tensor:
        for block in self.res_blocks:
            x = block(x)
        return x

    def _decode(self, x: Tensor, peaks: bool) -> tuple[Tensor, Tensor]:
        excess = x.new_zeros(())
        for convolution, norm in ((self.conv4, self.in4), (self.conv5, self.in5)):
            x = norm(convolution(_upsample(x)))
            if peaks:
                excess = excess + _peak_excess(norm, x)
            x = F.relu(x, inplace=True)
        return _few_channels(self.conv_out, x), excess

    def forward(self, x: Tensor) -> Tensor:
        """Map RGB in [0, 1], (B, 3, H, W), to RGB in [0, 1] of the same shape."""
        return to_unit_range(self.pre_activation(x), self.output)


def to_unit_range(z: Tensor, output: Output = "tanh") -> Tensor:
    """Return RGB in [0, 1] of the last convolution's values, same shape: ``(tanh(z) + 1) / 2``, or linear ``z`` itself.

    Both are clamped to [0, 1]; the first against rounding in half precision.
    """
    if output == "linear":
        return z.clamp(0, 1)
    return ((torch.tanh(z) + 1) / 2).clamp(0, 1)


def _normalised_relu(convolution: nn.Conv2d, norm: nn.InstanceNorm2d, x: Tensor) -> Tensor:
    return F.relu(norm(convolution(x)), inplace=True)


def _peak_excess(norm: nn.InstanceNorm2d, affine: Tensor) -> Tensor:
    """Return ``mean(relu(|x̂| − limit)²)`` of what was normalised, from the norm's output ``x̂·weight + bias``."""
    weight, bias = (parameter.detach().float().view(1, -1, 1, 1) for parameter in (norm.weight, norm.bias))
    normalised = (affine.float() - bias) / weight.abs().clamp(min=1e-3)
    return F.relu(normalised.abs() - PEAK_LIMIT).square().mean()


def _few_channels(convolution: nn.Conv2d, x: Tensor) -> Tensor:
    """Return ``convolution(x)`` for a k×k kernel with few output channels, on a CPU in a quarter of the time.

    oneDNN computes 8 or more output channels at once, however few there are. The k×k kernel is k columns: their k·3
    products are computed as channels of one k×1 convolution, then shifted and added.
    """
    if x.device.type != "cpu":
        y: Tensor = convolution(x)
        return y
    size = convolution.weight.shape[-1]
    width, margin = x.shape[-1], size // 2
    products = F.conv2d(F.pad(x, (margin,) * 4, mode="reflect"), column_kernels(convolution.weight))
    products = products.unflatten(1, (size, convolution.out_channels))
    total: Tensor = products[:, 0, :, :, :width]
    for shift in range(1, size):
        total = total + products[:, shift, :, :, shift : shift + width]
    if convolution.bias is not None:
        total = total + convolution.bias.view(1, -1, 1, 1)
    return total


def _upsample(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="nearest")
