"""The fast_neural_style network of the PyTorch examples as its state dict describes it, for comparison.

RGB from 0 to 255 goes in and comes out, beyond that range too; the caller clamps.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from mlcore.transformer_network import TransformerNetwork

_CHANNELS = {"conv1": (3, 32), "conv2": (32, 64), "conv3": (64, 128), "deconv1": (128, 64), "deconv2": (64, 32)}


def examples_state(seed: int = 0) -> dict[str, Tensor]:
    """Return a state dict with random weights that paints colours: mid-grey on average, some of it out of range."""
    generator = torch.Generator().manual_seed(seed)
    state: dict[str, Tensor] = {}

    def convolution(name: str, channels_in: int, channels_out: int, kernel: int) -> None:
        scale = (channels_in * kernel**2) ** -0.5
        state[f"{name}.conv2d.weight"] = torch.randn(
            (channels_out, channels_in, kernel, kernel), generator=generator
        ).mul(scale)
        state[f"{name}.conv2d.bias"] = torch.randn(channels_out, generator=generator).mul(scale)

    def norm(name: str, channels: int) -> None:
        state[f"{name}.weight"] = torch.rand(channels, generator=generator).add(0.5)
        state[f"{name}.bias"] = torch.randn(channels, generator=generator).mul(0.3)

    for number, (name, (channels_in, channels_out)) in enumerate(_CHANNELS.items(), start=1):
        convolution(name, channels_in, channels_out, 9 if number == 1 else 3)
        norm(f"in{number}", channels_out)
    for block in range(1, 6):
        for layer in (1, 2):
            convolution(f"res{block}.conv{layer}", 128, 128, 3)
            norm(f"res{block}.in{layer}", 128)
    convolution("deconv3", 32, 3, 9)
    state["deconv3.conv2d.weight"] *= 60
    state["deconv3.conv2d.bias"] += 120
    return state


def examples_forward(state: Mapping[str, Tensor], photo: Tensor) -> Tensor:
    """Map RGB from 0 to 255, (B, 3, H, W), H and W multiples of 4, to the same shape."""

    def convolve(name: str, x: Tensor, stride: int = 1) -> Tensor:
        weight = state[f"{name}.conv2d.weight"]
        margin = weight.shape[-1] // 2
        return F.conv2d(F.pad(x, [margin] * 4, mode="reflect"), weight, state[f"{name}.conv2d.bias"], stride)

    def normalise(name: str, x: Tensor) -> Tensor:
        return F.instance_norm(x, weight=state[f"{name}.weight"], bias=state[f"{name}.bias"], eps=1e-5)

    x = photo
    for number, stride in ((1, 1), (2, 2), (3, 2)):
        x = normalise(f"in{number}", convolve(f"conv{number}", x, stride)).relu()
    for block in range(1, 6):
        y = normalise(f"res{block}.in1", convolve(f"res{block}.conv1", x)).relu()
        x = x + normalise(f"res{block}.in2", convolve(f"res{block}.conv2", y))
    for number in (1, 2):
        enlarged = x.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
        x = normalise(f"in{number + 3}", convolve(f"deconv{number}", enlarged)).relu()
    return convolve("deconv3", x)


def transposed_state(network: TransformerNetwork) -> dict[str, Tensor]:
    """Return a state dict of our names whose upsampling kernels are those of transposed convolutions."""
    return {
        key: value.transpose(0, 1).contiguous() if key in ("conv4.weight", "conv5.weight") else value
        for key, value in network.state_dict().items()
    }
