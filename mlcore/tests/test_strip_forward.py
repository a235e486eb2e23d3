"""Painting in strips is painting at once, whatever is kept in between."""

from __future__ import annotations

import os

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from mlcore.checkpoint import load_style
from mlcore.errors import Cancelled
from mlcore.image_tensor import image_to_tensor
from mlcore.paint_pixels import paint_pixels
from mlcore.sample_scene import sample_scene
from mlcore.strip_convolution import ColumnKernel, Convolved, EnlargingKernel, PlainKernel
from mlcore.strip_forward import strip_forward
from mlcore.strip_plan import StripPlan, Workspace
from mlcore.strip_rows import StoredRows
from mlcore.strip_statistics import ChannelStatistics, Normalisation, sign
from mlcore.tests.pictures import picture
from mlcore.tests.test_shipped_styles import STARTER_DIR
from mlcore.transformer_network import TransformerNetwork

LEVEL = 1 / 255
STYLE = STARTER_DIR / "starry-night.safetensors"
TINY = 1
"""Values of a strip: as few rows as strips may have."""
KEEPS = StripPlan(TINY)
COMPUTES_TWICE = StripPlan(TINY, keep_pixels=0)
HALF = StripPlan(TINY, keep_pixels=0, single_pixels=0)
KEEPS_IN_HALF = StripPlan(TINY, single_pixels=0)


@pytest.fixture
def norms(network: TransformerNetwork) -> TransformerNetwork:
    """Norms other than the initial ones and zeros, so that a forgotten weight or bias shows; some negative, one 0."""
    generator = torch.Generator().manual_seed(1)
    for parameter in network.parameters():
        if parameter.dim() == 1:
            parameter.add_(torch.randn(parameter.shape, generator=generator) * 0.7)
    for norm in (network.in1, network.in3, network.res_blocks[2].in2, network.in5):
        norm.weight[5] = 0
    assert network.in2.weight.min() < 0
    return network


@pytest.mark.parametrize("plan", [StripPlan(), StripPlan(3000), KEEPS, COMPUTES_TWICE])
@pytest.mark.parametrize("shape", [(1, 3, 16, 16), (2, 3, 48, 64), (1, 3, 100, 20), (1, 3, 16, 72)])
def test_painting_in_strips_equals_the_network_at_once(norms, shape, plan):
    photo = torch.rand(shape, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(strip_forward(norms, photo, plan=plan), norms(photo), atol=3e-5, rtol=0)


@pytest.mark.parametrize("plan", [HALF, KEEPS_IN_HALF])
def test_maps_in_half_precision_change_less_than_half_a_level_on_average(norms, plan):
    photo = torch.rand((1, 3, 100, 60), generator=torch.Generator().manual_seed(0))
    off = (strip_forward(norms, photo, plan=plan) - norms(photo)).abs()
    assert 0 < off.mean() < 0.5 * LEVEL
    assert off.max() < 3 * LEVEL


def test_half_precision_loses_nothing_to_a_mean_far_from_zero(norms):
    # An offset of in2, the first to be stored, moves nothing: conv3 sees it under a norm. 1,000 would cost 10 bits.
    photo = torch.rand((1, 3, 40, 24), generator=torch.Generator().manual_seed(0))
    before = strip_forward(norms, photo, plan=HALF)
    norms.conv2.bias.add_(1000)
    assert torch.equal(strip_forward(norms, photo, plan=HALF), before)


def test_what_half_precision_cannot_hold_is_painted_all_the_same(norms):
    photo = torch.rand((1, 3, 40, 24), generator=torch.Generator().manual_seed(0))
    norms.conv3.weight.mul_(1e6)
    assert torch.isfinite(strip_forward(norms, photo, plan=HALF)).all()


@pytest.mark.parametrize(
    "size",
    [
        (320, 240),
        pytest.param(
            (2048, 1536), marks=pytest.mark.skipif(not os.environ.get("CI"), reason="takes half a minute; CI runs it")
        ),
    ],
)
def test_with_the_least_memory_a_photo_is_painted_as_by_the_network_at_once(size):
    network, _ = load_style(STYLE)
    photo = image_to_tensor(sample_scene().resize(size))
    plan = StripPlan(keep_pixels=0, single_pixels=0)
    with torch.inference_mode():
        off = (strip_forward(network, photo, plan=plan) - network(photo)).abs()
    assert off.max() <= 3 * LEVEL
    assert off.mean() <= 0.5 * LEVEL


@pytest.mark.parametrize("plan", [COMPUTES_TWICE, HALF])
def test_no_seam_shows_between_strips(plan):
    network, _ = load_style(STYLE)
    photo = image_to_tensor(sample_scene().resize((48, 200)))
    with torch.inference_mode():
        error = strip_forward(network, photo, plan=plan)[0] - network(photo)[0]
    # A seam is a step from one row to the next that the painting at once does not have.
    steps = (error[:, 1:] - error[:, :-1]).abs().mean((0, 2))
    borders = sorted({last * 200 // height for height in (50, 100, 200) for _, last in strips(plan, height)} - {200})
    at_borders = torch.zeros(199, dtype=torch.bool)
    for border in borders:
        at_borders[max(0, border - 2) : border + 1] = True
    assert 30 < at_borders.sum() < 130
    assert steps[at_borders].mean() < 1.5 * steps[~at_borders].mean() + 1e-6
    assert steps.max() < 0.1 * LEVEL


def strips(plan: StripPlan, height: int) -> list[tuple[int, int]]:
    return list(plan.strips(height, 48, torch.device("cpu")))


@pytest.mark.parametrize("height", [4, 8, 10, 64, 400, 4320])
@pytest.mark.parametrize("values", [1, 4000, 400_000])
def test_strips_follow_each_other_and_end_below_odd_rows(height, values):
    pieces = strips(StripPlan(values), height)
    assert [first for first, _ in pieces] == [0, *(last for _, last in pieces[:-1])]
    assert pieces[-1][1] == height
    assert all(last > first for first, last in pieces)
    assert all(last % 2 for _, last in pieces[:-1])


def test_progress_comes_in_small_pieces_and_ends_at_all(network):
    shares: list[float] = []
    for plan in (KEEPS, COMPUTES_TWICE):
        shares.clear()
        strip_forward(network, torch.rand(2, 3, 200, 16), shares.append, plan)
        assert shares[0] == 0
        assert shares[-1] == pytest.approx(1)
        assert shares == sorted(shares)
        assert max(np.diff(shares)) < 0.02


@pytest.mark.parametrize("plan", [KEEPS, COMPUTES_TWICE])
def test_cancelling_is_heard_between_strips(network, plan):
    heard: list[float] = []

    def cancel(share: float) -> None:
        heard.append(share)
        if share > 0.02:
            raise Cancelled

    with pytest.raises(Cancelled):
        paint_pixels(network, np.asarray(picture(16, 400)), cancel, plan)
    assert heard[-1] < 0.03


@pytest.mark.parametrize(("first", "last"), [(0, 14), (0, 5), (5, 9), (4, 9), (6, 14), (13, 14), (0, 1)])
def test_every_kernel_gives_the_rows_asked_for(first, last):
    generator = torch.Generator().manual_seed(4)
    x = torch.randn(7, 6, 5, generator=generator, dtype=torch.double)
    weight = torch.randn(4, 5, 3, 3, generator=generator, dtype=torch.double)
    batch = x.permute(2, 0, 1)[None]

    def reflected(values, size):
        return F.pad(values, (size // 2,) * 4, mode="reflect")

    enlarged = F.interpolate(batch, scale_factor=2, mode="nearest")
    wanted = F.conv2d(reflected(enlarged, 3), weight)[0].permute(1, 2, 0)
    convolved = Convolved(EnlargingKernel(weight), StoredRows(x), x)
    torch.testing.assert_close(convolved.read(first, last), wanted[first:last])
    large = enlarged[0].permute(1, 2, 0).contiguous()
    large.add_(torch.randn(large.shape, generator=generator, dtype=torch.double))
    values = large.permute(2, 0, 1)[None]
    nine = torch.randn(3, 5, 9, 9, generator=generator, dtype=torch.double)
    bias = torch.randn(3, generator=generator, dtype=torch.double)
    torch.testing.assert_close(
        Convolved(ColumnKernel(nine, bias), StoredRows(large), large).read(first, last),
        F.conv2d(reflected(values, 9), nine, bias)[0].permute(1, 2, 0)[first:last],
    )
    rows = slice(first // 2, (last + 1) // 2)
    torch.testing.assert_close(
        Convolved(PlainKernel(weight, 2), StoredRows(large), large).read(rows.start, rows.stop),
        F.conv2d(reflected(values, 3), weight, stride=2)[0].permute(1, 2, 0)[rows],
    )


def test_statistics_of_strips_are_those_of_the_whole():
    generator = torch.Generator().manual_seed(2)
    values = torch.randn(50, 8, 6, generator=generator) * torch.logspace(-3, 3, 6) + torch.linspace(-1, 1, 6)
    statistics = ChannelStatistics(8, 6, values)
    for first in range(0, 50, 7):
        statistics.add(values[first : first + 7])
    mean, variance = statistics.mean_and_variance()
    torch.testing.assert_close(mean, values.double().mean((0, 1)), rtol=1e-5, atol=1e-6)
    # The first channel's deviation is a thousandth of its mean.
    expected = values.double().var((0, 1), correction=0)
    torch.testing.assert_close(variance[1:], expected[1:], rtol=1e-4, atol=0)
    norm = nn.InstanceNorm2d(6, affine=True).requires_grad_(False)
    norm.weight.copy_(torch.tensor([1, -1, 2, -0.5, 0, 1]))
    norm.bias.copy_(torch.linspace(-1, 1, 6))
    turned = values * sign(norm)
    statistics = ChannelStatistics(1, 6, values)
    statistics.add(turned)
    rest = Normalisation.of(norm, statistics)
    relu = (torch.maximum(turned, rest.threshold) - rest.threshold).double() * rest.scale
    whole = F.relu(norm(values.permute(2, 0, 1)[None])[0].permute(1, 2, 0))
    torch.testing.assert_close(relu[..., [0, 1, 2, 3, 5]].float(), whole[..., [0, 1, 2, 3, 5]], rtol=1e-3, atol=2e-3)


@pytest.mark.parametrize("plan", [KEEPS, COMPUTES_TWICE])
def test_maps_that_must_not_touch_do_not(plan):
    space = Workspace(plan, 32, 16, torch.empty(0))
    for upper, lower in (((8, 4), (8, 4)), ((8, 4), (16, 8)) if plan is KEEPS else ((8, 4), (8, 4))):
        space.bottom(*lower).fill_(1)
        space.top(*upper).fill_(2)
        assert (space.bottom(*lower) == 1).all()
    assert space.top(16, 8).shape == (16, 8, 64)
