"""The network in the subset of Python that TorchScript compiles, for any height and width."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mlcore.engines.padded_pixels import MIN_SIDE
from mlcore.folded_kernels import column_kernels, enlarging_kernel
from mlcore.transformer_network import DOWNSAMPLING, TransformerNetwork


class EnlargingConvolution(nn.Module):
    """Enlarge ×2 by repeating pixels, then convolve 3×3 with reflection: (B, C, H, W) to (B, C', 2H, 2W)."""

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__()
        self.weight = nn.Parameter(enlarging_kernel(convolution.weight.detach()), requires_grad=False)
        self.bias = convolution.bias

    def forward(self, x: Tensor) -> Tensor:
        """Compute both as one transposed convolution."""
        x = F.pad(x, [1, 1, 1, 1], mode="replicate")
        return F.conv_transpose2d(x, self.weight, self.bias, stride=[2, 2], padding=[3, 3])


class ColumnConvolution(nn.Module):
    """A k×k convolution with reflection and few output channels: (B, C, H, W) to (B, C', H, W)."""

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__()
        self.size, self.channels = convolution.kernel_size[0], convolution.out_channels
        self.weight = nn.Parameter(column_kernels(convolution.weight.detach()), requires_grad=False)
        self.bias = convolution.bias

    def forward(self, x: Tensor) -> Tensor:
        """Convolve by columns, shift and add."""
        width, margin = x.shape[3], self.size // 2
        products = F.conv2d(F.pad(x, [margin, margin, margin, margin], mode="reflect"), self.weight)
        total = products[:, : self.channels, :, :width]
        for shift in range(1, self.size):
            first = shift * self.channels
            total = total + products[:, first : first + self.channels, :, shift : shift + width]
        bias = self.bias
        if bias is not None:
            total = total + bias.view(1, -1, 1, 1)
        return total


class PortableNetwork(nn.Module):
    """What ``TransformerNetwork`` paints, for RGB in [0, 1] of shape (B, 3, H, W), H and W at least 16."""

    def __init__(self, network: TransformerNetwork) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for convolution, norm in (
            (network.conv1, network.in1),
            (network.conv2, network.in2),
            (network.conv3, network.in3),
        ):
            layers += [convolution, norm, nn.ReLU(inplace=True)]
        layers += list(network.res_blocks)
        for convolution, norm in ((network.conv4, network.in4), (network.conv5, network.in5)):
            layers += [EnlargingConvolution(convolution), norm, nn.ReLU(inplace=True)]
        self.layers = nn.Sequential(*layers, ColumnConvolution(network.conv_out))
        self.ends_in_tanh = network.output == "tanh"
        self.multiple, self.min_side = DOWNSAMPLING, MIN_SIDE

    def forward(self, image: Tensor) -> Tensor:
        """Extend right and bottom by reflection to a multiple of 4, paint, and crop that off again."""
        if image.dim() != 4 or image.shape[1] != 3 or min(image.shape[2], image.shape[3]) < self.min_side:
            raise ValueError("The input must be N×3×H×W with H and W at least 16.")
        height, width = image.shape[2], image.shape[3]
        right, bottom = (self.multiple - width) % self.multiple, (self.multiple - height) % self.multiple
        if right + bottom > 0:
            image = F.pad(image, [0, right, 0, bottom], mode="reflect")
        painting: Tensor = self.layers(image)
        if self.ends_in_tanh:
            painting = (torch.tanh(painting) + 1) / 2
        return painting[:, :, :height, :width].clamp(0.0, 1.0)
