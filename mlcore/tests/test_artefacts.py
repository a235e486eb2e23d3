"""Each fault is found in networks that were given it, and in none of the styles that come with Easel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from mlcore.artefacts import MAX_CHECKERBOARD, checkerboard, measure_artefacts, saturated_share
from mlcore.checkpoint import load_style
from mlcore.engines.engine import Pixels
from mlcore.image_tensor import image_to_tensor, tensor_to_image
from mlcore.preview_photos import preview_photos
from mlcore.transformer_network import TransformerNetwork

STARTERS = sorted((Path(__file__).resolve().parents[2] / "stylizer" / "starter_styles").glob("*.safetensors"))


def painted(style: Path, change: Callable[[TransformerNetwork], object] = lambda _: None) -> list[Pixels]:
    network, _ = load_style(style)
    with torch.inference_mode():
        change(network)
        photos = [preview_photos()[name] for name in ("cat", "coffee")]
        return [np.array(tensor_to_image(network(image_to_tensor(photo)))) for photo in photos]


@pytest.mark.parametrize("style", STARTERS, ids=lambda path: path.stem)
def test_a_good_style_has_none(style: Path) -> None:
    measured = measure_artefacts(painted(style))
    assert measured.faults() == [], measured


UDNIE = next(path for path in STARTERS if path.stem == "udnie")


def saturate(network: TransformerNetwork) -> None:
    network.conv_out.weight.mul_(30)


def kill_green(network: TransformerNetwork) -> None:
    network.conv_out.weight[1] = 0


def add_lattice(network: TransformerNetwork) -> None:
    """Let the last doubling answer every change with the opposite sign at every second pixel."""
    kernel = torch.tensor([1.0, -2.0, 1.0])
    weight = network.conv5.weight
    weight.add_(3 * torch.outer(kernel, kernel) * weight.sum(dim=(2, 3), keepdim=True))


@pytest.mark.parametrize(
    ("change", "words"),
    [(saturate, "pure white, black or colour"), (kill_green, "channel is dead"), (add_lattice, "A lattice")],
)
def test_a_network_with_one_fault_has_that_one(change: Callable[[TransformerNetwork], object], words: str) -> None:
    (fault,) = measure_artefacts(painted(UDNIE, change)).faults()
    assert words in fault


@pytest.mark.parametrize(("period", "share"), [(2, 1.0), (4, 0.5**0.5)])
def test_the_score_of_a_lattice_is_its_strength(period: int, share: float) -> None:
    grey = np.full((128, 160, 3), 128.0)
    wave = np.cos(2 * np.pi * np.arange(160) / period)
    for strength in (4.0, 10.0):
        lattice = grey + strength * wave[None, :, None]
        assert checkerboard(lattice.round().astype(np.uint8)) == pytest.approx(strength * share, rel=0.05)


@pytest.mark.parametrize("period", [3, 6, 16])
def test_strokes_of_other_widths_are_no_lattice(period: int) -> None:
    wave = 30 * np.cos(2 * np.pi * np.arange(160) / period)
    strokes = (np.full((128, 160, 3), 128.0) + wave[None, :, None]).astype(np.uint8)
    assert checkerboard(strokes) < MAX_CHECKERBOARD / 3


def test_a_lattice_is_found_wherever_the_picture_begins() -> None:
    noise = np.random.default_rng(0).integers(90, 160, (60, 60, 3), dtype=np.uint8)
    picture = np.array(Image.fromarray(noise).resize((240, 240), Image.Resampling.BICUBIC)).astype(np.float64)
    picture += 8 * np.where(np.indices((240, 240)).sum(axis=0) % 2, 1, -1)[..., None]
    scores = [checkerboard(picture[down:, right:].astype(np.uint8)) for down, right in ((0, 0), (1, 0), (3, 2))]
    assert scores == pytest.approx([8.0] * 3, rel=0.05)


def test_pure_colours_are_saturated_and_paint_is_not() -> None:
    picture = np.zeros((40, 40, 3), np.uint8)
    picture[:10] = (255, 255, 0)
    picture[10:] = (200, 255, 0)
    assert saturated_share(picture) == 0.25
