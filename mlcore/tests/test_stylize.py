from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from mlcore.errors import Cancelled
from mlcore.image_tensor import image_to_tensor, tensor_to_image
from mlcore.stylize import stylize, stylize_tensor
from mlcore.tests.pictures import difference, picture


@pytest.mark.parametrize("size", [(1, 1), (7, 301), (301, 7), (1, 90), (16, 16), (33, 50), (64, 31)])
def test_the_painting_has_exactly_the_size_of_the_photo(network, size):
    painting = stylize(network, picture(*size))
    assert painting.size == size
    assert painting.mode == "RGB"


def test_a_size_the_network_takes_as_it_is_gives_the_networks_own_output(network):
    photo = picture(40, 32)
    expected = tensor_to_image(network(image_to_tensor(photo)))
    assert difference(stylize(network, photo), expected) < 0.01


@pytest.mark.parametrize("size", [(45, 30), (17, 23), (3, 40)])
def test_borders_are_clean(network, size):
    # Zero padding, or a border colour made up for padding to a multiple of 4, would show on a plain photo.
    painting = np.asarray(stylize(network, Image.new("RGB", size, (90, 140, 200))), dtype=int)
    assert (np.abs(painting - painting[0, 0]) <= 1).all()


def test_the_photo_is_left_as_it_was(network):
    photo = torch.rand(1, 3, 16, 20, generator=torch.Generator().manual_seed(0))
    for layout in (torch.contiguous_format, torch.channels_last):
        given = photo.contiguous(memory_format=layout)
        stylize_tensor(network, given)
        assert torch.equal(given, photo)


def test_progress_rises_from_nothing_to_all(network):
    shares: list[float] = []
    stylize(network, picture(32, 32), shares.append)
    assert shares[0] == 0
    assert shares[-1] == pytest.approx(1)
    assert shares == sorted(shares)
    assert len(shares) >= 17  # the start and every convolution


def test_what_the_report_raises_stops_the_painting(network):
    shares: list[float] = []

    def cancel(share: float) -> None:
        shares.append(share)
        if share > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        stylize(network, picture(32, 32), cancel)
    assert 0.3 < shares[-1] < 0.5


def test_inference_mode_does_not_leak(network):
    stylize(network, picture(16, 16))
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()
    with pytest.raises(Cancelled):
        stylize(network, picture(16, 16), lambda share: (_ for _ in ()).throw(Cancelled()))
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()
