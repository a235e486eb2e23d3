from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from mlcore.errors import ConfigError
from mlcore.losses import StyleTransferLoss
from mlcore.metrics import PhotoMetrics, measure_photo, saturated_share, ssim, summarise


def images(seed: int, *shape: int) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def ssim_by_definition(a: np.ndarray, b: np.ndarray) -> float:
    """Wang et al. (2004), equation 13, window by window; one channel (H, W)."""
    offsets = np.arange(11) - 5
    window = np.exp(-(offsets[:, None] ** 2 + offsets[None, :] ** 2) / (2 * 1.5**2))
    window /= window.sum()
    values = []
    for y in range(a.shape[0] - 10):
        for x in range(a.shape[1] - 10):
            p, q = a[y : y + 11, x : x + 11], b[y : y + 11, x : x + 11]
            mean_p, mean_q = (window * p).sum(), (window * q).sum()
            var_p, var_q = (window * (p - mean_p) ** 2).sum(), (window * (q - mean_q) ** 2).sum()
            covariance = (window * (p - mean_p) * (q - mean_q)).sum()
            values.append(
                (2 * mean_p * mean_q + 0.01**2)
                * (2 * covariance + 0.03**2)
                / ((mean_p**2 + mean_q**2 + 0.01**2) * (var_p + var_q + 0.03**2))
            )
    return float(np.mean(values))


def test_ssim_equals_its_definition():
    a, b = images(1, 2, 3, 14, 17), images(2, 2, 3, 14, 17)
    b = 0.6 * a + 0.4 * b
    expected = [
        np.mean([ssim_by_definition(a[item, c].double().numpy(), b[item, c].double().numpy()) for c in range(3)])
        for item in range(2)
    ]
    assert ssim(a, b).tolist() == pytest.approx(expected, abs=1e-9)


def test_ssim_of_plain_pictures_by_hand():
    # No structure: only the luminance term (2·a·b + c1) / (a² + b² + c1) is left.
    a, b = torch.full((1, 3, 11, 11), 0.2), torch.full((1, 3, 11, 11), 0.6)
    assert ssim(a, b).item() == pytest.approx((2 * 0.2 * 0.6 + 1e-4) / (0.04 + 0.36 + 1e-4), rel=1e-6)


def test_ssim_is_one_for_the_same_picture_symmetric_and_negative_for_its_negative():
    a, b = images(1, 1, 3, 20, 20), images(2, 1, 3, 20, 20)
    assert ssim(a, a).item() == pytest.approx(1)
    assert ssim(a, b).item() == ssim(b, a).item()
    assert ssim(a, 1 - a).item() < -0.5


@pytest.mark.parametrize("shapes", [((1, 3, 10, 30), (1, 3, 10, 30)), ((1, 3, 20, 20), (1, 3, 20, 21))])
def test_ssim_refuses_what_it_cannot_compare(shapes):
    with pytest.raises(ValueError, match="ssim needs"):
        ssim(torch.zeros(shapes[0]), torch.zeros(shapes[1]))


def test_saturated_pixels_have_every_channel_at_an_end():
    pixels = [
        (1, 1, 1),
        (0, 0, 0),
        (1, 1, 0),
        (0.99, 0.01, 0.985),
        (1, 1, 0.5),
        (0.5, 0.5, 0.5),
        (0.97, 1, 1),
        (0.03, 0, 0),
    ]
    image = torch.tensor(pixels).T.reshape(1, 3, 2, 4)
    assert saturated_share(image).tolist() == [4 / 8]


def test_a_photo_is_measured_against_itself_and_the_style_image(loss_network):
    style, photo = images(1, 1, 3, 32, 32), images(2, 1, 3, 32, 32)
    loss = StyleTransferLoss(2.0, 3.0, 4.0, loss_network=loss_network)
    loss.set_style_image(style)
    same = measure_photo(loss, "a.jpg", photo, photo)
    assert (same.photo, same.content_loss, same.style_ratio) == ("a.jpg", 0, 1)
    assert same.ssim == pytest.approx(1)
    painted = measure_photo(loss, "a.jpg", photo, style)
    assert painted.style_ratio == pytest.approx(0, abs=1e-6)
    assert painted.photo_style_distance == same.style_distance > 0
    unweighted = StyleTransferLoss(1.0, 1.0, 1.0, loss_network=loss_network)
    unweighted.set_style_image(style)
    terms = unweighted(style, photo)
    assert painted.content_loss == pytest.approx(terms.content.item())
    assert painted.tv_loss == pytest.approx(terms.tv.item())
    assert same.style_distance == pytest.approx(unweighted(photo, photo).style.item())
    weighted = loss(style, photo)
    assert painted.objective == pytest.approx(weighted.total.item())
    ours = (painted.weighted_content, painted.weighted_style, painted.weighted_tv)
    assert ours == pytest.approx((weighted.content.item(), weighted.style.item(), weighted.tv.item()))


def measured(**values: float) -> PhotoMetrics:
    names = [field.name for field in dataclasses.fields(PhotoMetrics) if field.name != "photo"]
    return PhotoMetrics(photo="a", **(dict.fromkeys(names, 1.0) | values))


def test_the_ratio_is_that_of_the_mean_distances():
    summary = summarise(
        [
            measured(style_distance=1.0, photo_style_distance=2.0, ssim=0.2, saturated=0.0, objective=4.0),
            measured(style_distance=1.0, photo_style_distance=8.0, ssim=0.6, saturated=0.5),
        ]
    )
    assert summary.style_ratio == 2 / 10  # the mean of the ratios would be 0.3125
    assert (summary.photos, summary.style_distance, summary.photo_style_distance) == (2, 1.0, 5.0)
    assert (summary.ssim, summary.ssim_lowest) == (pytest.approx(0.4), 0.2)
    assert (summary.saturated, summary.saturated_highest) == (0.25, 0.5)
    assert (summary.objective, summary.weighted_style) == (2.5, 1.0)


def test_no_photos_cannot_be_summed_up():
    with pytest.raises(ConfigError, match="no photo"):
        summarise([])
