from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from mlcore import strip_forward as strips
from mlcore import stylize as stylizing
from mlcore.errors import Cancelled, OutOfMemory
from mlcore.image_tensor import image_to_tensor, tensor_to_image
from mlcore.strip_forward import strip_forward
from mlcore.stylize import stylize, stylize_tensor
from mlcore.tests.pictures import difference, picture

ROOT = Path(__file__).resolve().parents[2]


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


@pytest.mark.parametrize("strip_values", [1, 3000, strips.STRIP_VALUES])
@pytest.mark.parametrize("shape", [(1, 3, 16, 16), (2, 3, 48, 64), (1, 3, 60, 20)])
def test_painting_in_strips_equals_the_network_at_once(network, strip_values, shape, monkeypatch):
    monkeypatch.setattr(strips, "STRIP_VALUES", strip_values)
    # Norms other than the initial ones and zeros, so that a forgotten weight or bias shows.
    generator = torch.Generator().manual_seed(1)
    for name, parameter in network.named_parameters():
        if parameter.dim() == 1:
            parameter.add_(torch.randn(parameter.shape, generator=generator) * 0.3)
        assert name
    photo = torch.rand(shape, generator=generator)
    torch.testing.assert_close(strip_forward(network, photo), network(photo), atol=2e-5, rtol=0)


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


def test_progress_comes_in_small_pieces_for_a_large_photo(network, monkeypatch):
    monkeypatch.setattr(strips, "STRIP_VALUES", 1)
    shares: list[float] = []
    stylize(network, picture(16, 200), shares.append)
    assert max(np.diff(shares)) < 0.1


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


def test_too_little_memory_is_told_with_advice(network, monkeypatch):
    def refuse(*_: object) -> None:
        torch.empty(2**50)  # a petabyte: torch's own error

    monkeypatch.setattr(stylizing, "strip_forward", refuse)
    with pytest.raises(OutOfMemory, match="smaller size") as caught:
        stylize(network, picture(16, 16))
    assert caught.value.code == "out_of_memory"


MEASURE = """
import resource, sys, torch
from PIL import Image
from mlcore.stylize import BYTES_PER_PIXEL, stylize
from mlcore.strip_forward import STRIP_VALUES
from mlcore.transformer_network import TransformerNetwork
torch.set_num_threads(1)
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
network = TransformerNetwork().eval()
stylize(network, Image.new("RGB", (64, 64)))
before = peak()
stylize(network, Image.new("RGB", (768, 768)))
allowed = BYTES_PER_PIXEL * 768 * 768 + 8 * 4 * STRIP_VALUES
sys.exit(f"{peak() - before} bytes" if peak() - before > allowed else 0)
"""


def test_memory_stays_within_what_is_documented():
    # The strips' own buffers come on top; painting in one piece would need a gigabyte for each megapixel.
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", MEASURE], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
