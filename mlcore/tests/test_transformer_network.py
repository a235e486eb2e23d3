from __future__ import annotations

import pytest
import torch
from torch import nn

from mlcore.strip_forward import strip_forward
from mlcore.transformer_network import (
    PARAMETER_COUNT,
    ResidualBlock,
    TransformerNetwork,
    _few_channels,
    to_unit_range,
)


def test_has_the_documented_number_of_parameters(network):
    assert sum(parameter.numel() for parameter in network.parameters()) == PARAMETER_COUNT == 1_679_235


def test_checkpoints_load_by_the_documented_names(network):
    layers = [f"{kind}{number}" for number in (1, 2, 3, 4, 5) for kind in ("conv", "in")] + ["conv_out"]
    layers += [f"res_blocks.{block}.{layer}" for block in range(5) for layer in ("conv1", "in1", "conv2", "in2")]
    assert set(network.state_dict()) == {f"{layer}.{kind}" for layer in layers for kind in ("weight", "bias")}


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("conv1", (32, 3, 9, 9)),
        ("conv2", (64, 32, 3, 3)),
        ("conv3", (128, 64, 3, 3)),
        ("res_blocks.4.conv2", (128, 128, 3, 3)),
        ("conv4", (64, 128, 3, 3)),
        ("conv5", (32, 64, 3, 3)),
        ("conv_out", (3, 32, 9, 9)),
        ("in3", (128,)),
    ],
)
def test_weights_have_the_documented_shapes(network, name, shape):
    assert network.state_dict()[f"{name}.weight"].shape == shape


def test_every_convolution_pads_by_reflection_and_only_two_shrink(network):
    convolutions = {name: m for name, m in network.named_modules() if isinstance(m, torch.nn.Conv2d)}
    assert {m.padding_mode for m in convolutions.values()} == {"reflect"}
    assert {name for name, m in convolutions.items() if m.stride == (2, 2)} == {"conv2", "conv3"}


@pytest.mark.parametrize("size", [(8, 8), (16, 24), (40, 12)])
def test_output_has_the_shape_of_the_input_and_lies_in_the_unit_range(network, size):
    photo = torch.rand(2, 3, *size, generator=torch.Generator().manual_seed(0))
    painted = network(photo)
    assert painted.shape == photo.shape
    assert painted.min() >= 0
    assert painted.max() <= 1


def test_a_photo_is_painted_the_same_alone_and_in_a_batch(network):
    photos = torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(network(photos)[1:2], network(photos[1:2]), atol=1e-5, rtol=0)


def test_residual_block_adds_its_input_and_has_no_relu_after_the_sum():
    block = ResidualBlock(4)
    torch.nn.init.zeros_(block.in2.weight)
    torch.nn.init.zeros_(block.in2.bias)
    x = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(2))
    assert torch.equal(block(x), x)


def test_to_unit_range_is_half_of_tanh_plus_one():
    z = torch.tensor([-100.0, -1.0, 0.0, 1.0, 100.0])
    torch.testing.assert_close(to_unit_range(z), torch.tensor([0.0, 0.1192029, 0.5, 0.8807971, 1.0]))


def test_a_linear_output_is_the_last_convolution_clamped(network):
    z = torch.tensor([-100.0, -0.1, 0.0, 0.3, 1.0, 1.1])
    assert torch.equal(to_unit_range(z, "linear"), torch.tensor([0.0, 0.0, 0.0, 0.3, 1.0, 1.0]))
    linear = TransformerNetwork("linear").eval()
    linear.load_state_dict(network.state_dict())
    photo = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(4))
    z = network.pre_activation(photo)
    assert ((z > 0) & (z < 1)).float().mean() > 0.1, "not all of it is clamped"
    for forward in (linear, lambda x: strip_forward(linear, x)):
        torch.testing.assert_close(forward(photo), z.clamp(0, 1), atol=1e-4, rtol=0)


def test_gradients_reach_every_parameter():
    network = TransformerNetwork()
    network(torch.rand(1, 3, 16, 16)).mean().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


def test_peaks_are_measured_on_the_normalised_activations(network):
    with torch.no_grad():
        network.in4.weight.uniform_(0.2, 2, generator=torch.Generator().manual_seed(0))
        network.in5.bias.fill_(3.0)
    photo = torch.zeros(1, 3, 64, 64)
    photo[:, :, 30:33, 30:33] = 1  # a small spot on black: a peak everywhere in the network
    normalised = []
    handles = [
        norm.register_forward_hook(
            lambda _norm, inputs, _output: normalised.append(nn.functional.instance_norm(inputs[0]))
        )
        for norm in (network.in4, network.in5)
    ]
    z, excess = network.pre_activation_and_peaks(photo, peaks=True)
    for handle in handles:
        handle.remove()
    expected = sum((x.abs() - 5).relu().square().mean() for x in normalised)
    assert expected > 0.01
    torch.testing.assert_close(excess, expected, rtol=1e-3, atol=1e-6)
    assert torch.equal(z, network.pre_activation(photo))


def test_without_being_asked_peaks_are_not_computed(network):
    assert network.pre_activation_and_peaks(torch.rand(1, 3, 32, 32))[1] == 0


@pytest.mark.parametrize("peaks", [False, True])
def test_gradient_checkpointing_gives_the_same_gradients(network, peaks):
    network.requires_grad_(True)
    photo, gradients = torch.rand(2, 3, 32, 32), []
    for network.grad_checkpoint in (False, True):
        network.zero_grad()
        z, excess = network.pre_activation_and_peaks(photo, peaks)
        (z.square().mean() + excess).backward()
        gradients.append([parameter.grad.clone() for parameter in network.parameters()])
    for kept, recomputed in zip(*gradients, strict=True):
        torch.testing.assert_close(recomputed, kept)


@pytest.mark.parametrize("size", [(16, 16), (24, 40)])
def test_few_output_channels_are_convolved_as_torch_does(network, size):
    x = torch.rand(2, 32, *size, dtype=torch.float64, requires_grad=True)
    convolution = network.conv_out.double().requires_grad_(True)
    gradients, results = [], []
    for compute in (convolution, lambda x: _few_channels(convolution, x)):
        convolution.zero_grad()
        x.grad = None
        result = compute(x)
        (result * torch.linspace(0, 1, result.numel(), dtype=torch.float64).view_as(result)).sum().backward()
        results.append(result)
        gradients.append((x.grad, convolution.weight.grad.clone(), convolution.bias.grad.clone()))
    torch.testing.assert_close(results[1], results[0])
    torch.testing.assert_close(gradients[1], gradients[0])
