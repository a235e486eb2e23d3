from __future__ import annotations

import pytest
import torch

from mlcore.coarse_to_fine import coarse_to_fine
from mlcore.image_tensor import image_to_tensor
from mlcore.losses import StyleTransferLoss
from mlcore.optimize import optimize
from mlcore.tests.pictures import picture


@pytest.fixture
def loss(loss_network):
    return StyleTransferLoss(1.0, 1e4, 1e-3, loss_network=loss_network)


def style_image(side: int = 64) -> torch.Tensor:
    return image_to_tensor(picture(side, side, seed=1))


def photo(width: int = 81, height: int = 64) -> torch.Tensor:
    return image_to_tensor(picture(width, height, seed=2))


def test_two_thirds_are_done_at_half_the_size_and_the_rest_goes_on_from_there(loss):
    sides = []
    handle = loss.loss_network.features[0].register_forward_hook(
        lambda _1, inputs, _2: sides.append(inputs[0].shape[-1])
    )
    steps = list(coarse_to_fine(loss, style_image(), photo(), evaluations=9, start="noise"))
    handle.remove()
    # Style image and photo once at each size, then the evaluations.
    assert sides == [32, 40, *[40] * 6, 64, 81, *[81] * 3]
    shares, evaluations = zip(*steps, strict=True)
    assert [one.number for one in evaluations] == list(range(1, 10))
    assert {one.evaluations for one in evaluations} == {9}
    assert {one.picture.shape for one in evaluations} == {photo().shape}
    assert all(0 <= one.picture.min() <= one.picture.max() <= 1 for one in evaluations)
    assert shares == pytest.approx([number / 18 for number in range(1, 7)] + [10 / 18, 14 / 18, 1])
    assert torch.equal(evaluations[5].picture, evaluations[6].picture)


def test_it_is_ahead_of_the_full_size_alone_at_the_same_cost(loss):
    *_, (_, ours) = coarse_to_fine(loss, style_image(), photo(), evaluations=24, start="noise")
    *_, alone = optimize(loss, photo(), evaluations=12, start="noise")
    assert ours.objective < alone.objective


@pytest.mark.parametrize(
    ("width", "side", "share"),
    [(63, 64, 0.5), (81, 63, 0.5), (81, 64, 0.0)],
    ids=["small photo", "small style image", "not wanted"],
)
def test_it_is_plain_optimisation_where_there_is_no_half_size(loss, width, side, share):
    steps = list(
        coarse_to_fine(loss, style_image(side), photo(width), evaluations=3, start="photo", coarse_share=share)
    )
    plain = list(optimize(loss, photo(width), evaluations=3, start="photo"))
    assert [one.losses for _, one in steps] == [one.losses for one in plain]
    assert [done for done, _ in steps] == pytest.approx([1 / 3, 2 / 3, 1])


def test_one_evaluation_is_at_the_full_size(loss):
    ((done, only),) = coarse_to_fine(loss, style_image(), photo(), evaluations=1, start="photo")
    assert (done, only.number, only.losses.content) == (1, 1, 0)
    assert torch.equal(only.picture, photo())
