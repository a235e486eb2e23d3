from __future__ import annotations

import pytest
import torch

from mlcore.errors import ConfigError
from mlcore.gatys_comparison import Comparison, compare, evenly_spaced, mean_comparison
from mlcore.image_tensor import image_to_tensor
from mlcore.losses import StyleTransferLoss
from mlcore.optimize import optimize
from mlcore.tests.pictures import picture


@pytest.fixture
def loss(loss_network):
    loss = StyleTransferLoss(1.0, 1e4, 1e-3, loss_network=loss_network)
    loss.set_style_image(image_to_tensor(picture(32, 32, seed=1)))
    return loss


@pytest.fixture
def photo():
    return image_to_tensor(picture(32, 32, seed=2))


def test_a_picture_that_optimisation_reached_at_7_is_matched_at_7(loss, photo):
    *_, seventh = optimize(loss, photo, evaluations=7)
    network_objective = loss(seventh.picture, photo).total.item() * (1 + 1e-6)
    reports = []
    comparison = compare(loss, photo, network_objective, 12, lambda: reports.append(1))
    assert comparison.matching == 7
    assert len(comparison.curve) == len(reports) == 12
    assert comparison.curve[6] == seventh.objective
    assert compare(loss, photo, network_objective, 6).matching is None


def test_the_curve_of_an_optimisation_that_ended_stays_where_it_was(loss, photo):
    loss.content_weight = loss.style_weight = loss.tv_weight = 0.0
    assert compare(loss, photo, 1.0, 5).curve == (0.0,) * 5


def test_matching_ratio_and_marks_by_hand():
    curve = tuple(float(value) for value in range(40, 15, -1))  # 40 … 16, the 20th is 21
    comparison = Comparison(network=37.5, curve=curve)
    assert comparison.matching == 4
    assert comparison.ratio == 37.5 / 21
    assert comparison.at_marks == {1: 40, 5: 36, 10: 31, 20: 21, 25: 16}
    assert Comparison(36.0, curve).matching == 5  # at or below
    assert Comparison(40.0, curve).matching == 1
    short = Comparison(15.0, curve[:10])
    assert (short.matching, short.ratio, list(short.at_marks)) == (None, None, [1, 5, 10])
    figures = short.as_json()
    assert (figures["matching_evaluation"], figures["ratio_at_20"]) == (None, None)
    assert figures["objective_at"] == {"1": 40.0, "5": 36.0, "10": 31.0}


def test_the_mean_is_of_the_curves_and_its_ratio_is_of_the_means():
    mean = mean_comparison([Comparison(1.0, (4.0,) * 20), Comparison(3.0, (8.0, *(2.0,) * 19))])
    assert mean.network == 2.0
    assert mean.curve == (6.0, *(3.0,) * 19)
    assert mean.ratio == pytest.approx(2 / 3)  # the mean of the ratios would be 0.875
    with pytest.raises(ConfigError, match="no photo"):
        mean_comparison([])


@pytest.mark.parametrize(
    ("count", "wanted", "indices"),
    [(24, 6, [0, 4, 8, 12, 16, 20]), (5, 2, [0, 2]), (3, 9, [0, 1, 2]), (7, 1, [0]), (0, 3, [])],
)
def test_photos_are_evenly_spaced(count, wanted, indices):
    assert evenly_spaced(count, wanted) == indices


def test_torch_noise_elsewhere_does_not_change_the_comparison(loss, photo):
    first = compare(loss, photo, 1.0, 3).curve
    torch.rand(7)
    assert compare(loss, photo, 1.0, 3).curve == first
