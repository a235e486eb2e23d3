from __future__ import annotations

import itertools

import pytest
import torch

from mlcore.errors import TrainingError
from mlcore.losses import StyleTransferLoss
from mlcore.optimize import Objective, optimize


def images(seed: int, height: int = 32, width: int = 32) -> torch.Tensor:
    """Return soft noise: (1, 3, height, width)."""
    coarse = torch.rand(1, 3, 5, 5, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(coarse, (height, width), mode="bilinear")


@pytest.fixture
def loss(loss_network):
    loss = StyleTransferLoss(1.0, 1e4, 1e-3, loss_network=loss_network)
    loss.set_style_image(images(1))
    return loss


def test_the_objective_is_that_of_training(loss):
    photo, picture = images(2, 32, 40), images(3, 32, 40)
    ours, theirs = Objective(loss, photo)(picture), loss(picture, photo)
    assert [term.item() for term in ours] == [term.item() for term in theirs]
    assert min(term.item() for term in ours) > 0
    values, gradient = Objective(loss, photo).with_gradient(picture)
    leaf = picture.clone().requires_grad_(True)
    loss(leaf, photo).total.backward()
    assert list(values) == pytest.approx([term.item() for term in theirs])
    torch.testing.assert_close(gradient, leaf.grad)


def test_the_photos_activations_are_computed_once(loss):
    passes = []
    handle = loss.loss_network.features[0].register_forward_hook(lambda *_: passes.append(1))
    evaluations = list(optimize(loss, images(2), evaluations=7))
    handle.remove()
    assert [one.number for one in evaluations] == [1, 2, 3, 4, 5, 6, 7]
    assert len(passes) == 1 + 7


def test_the_objective_falls_far_and_the_picture_is_the_one_it_is_of(loss):
    photo = images(2)
    evaluations = list(optimize(loss, photo, evaluations=40))
    first, last = evaluations[0], evaluations[-1]
    assert last.objective < first.objective / 20
    assert last.losses.style < first.losses.style / 20
    assert last.losses.content < first.losses.content
    assert last.objective == min(one.losses.total for one in evaluations)
    assert loss(last.picture, photo).total.item() == pytest.approx(last.objective, rel=1e-6)
    assert 0 <= last.picture.min() <= last.picture.max() <= 1
    for before, after in itertools.pairwise(evaluations):
        assert after.objective <= before.objective


def test_from_the_photo_it_starts_without_content_loss(loss):
    photo = images(2, 40, 32)
    first, *_, last = optimize(loss, photo, evaluations=10, start="photo")
    assert first.losses.content == 0
    assert torch.equal(first.picture, photo)
    assert last.losses.content > 0
    assert last.losses.style < first.losses.style / 3


def test_a_worse_picture_is_not_kept(loss):
    photo = images(2)
    *_, good = optimize(loss, photo, evaluations=40)
    first, second = optimize(loss, photo, evaluations=2, start=good.picture)
    assert second.losses.total > first.losses.total  # the first step of a good picture is too long
    assert second.objective == first.objective
    assert torch.equal(second.picture, good.picture)


def test_it_starts_from_a_picture_of_ones_own(loss):
    photo = images(2)
    (first,) = optimize(loss, photo, evaluations=1, start=images(4) * 2)
    assert torch.equal(first.picture, (images(4) * 2).clamp(0, 1))
    with pytest.raises(ValueError, match="shape"):
        next(optimize(loss, photo, evaluations=1, start=images(4, 16, 16)))


def test_a_seed_means_a_picture(loss):
    def painted(seed: int) -> torch.Tensor:
        *_, last = optimize(loss, images(2), evaluations=5, seed=seed)
        return last.picture

    assert torch.equal(painted(1), painted(1))
    assert not torch.equal(painted(1), painted(2))


def test_an_objective_that_is_not_finite_is_told_with_advice(loss):
    loss.style_weight = 1e39
    with pytest.raises(TrainingError, match="--style-weight"):
        next(optimize(loss, images(2), evaluations=3))


def test_a_style_image_is_needed(loss_network):
    with pytest.raises(TrainingError, match="set_style_image"):
        next(optimize(StyleTransferLoss(loss_network=loss_network), images(2), evaluations=3))


def test_no_evaluations_make_no_picture(loss):
    with pytest.raises(ValueError, match="at least 1"):
        next(optimize(loss, images(2), evaluations=0))
