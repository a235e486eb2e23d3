"""What int8 is not asked to paint."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlcore.checkpoint import load_style
from mlcore.engines.bundled_photos import bundled_photos
from mlcore.engines.chosen_engine import ChosenEngine
from mlcore.engines.deviation import MAX_MEAN_ABSOLUTE_ERROR
from mlcore.engines.openvino_int8 import open_int8
from mlcore.engines.smoothness import is_smooth
from mlcore.engines.style_weights import read_weights
from mlcore.engines.torch_engine import TorchEngine
from mlcore.stylize import stylize

STARTER = Path(__file__).resolve().parents[2] / "stylizer" / "starter_styles" / "udnie.safetensors"
GRADIENT = np.repeat(np.linspace(20, 220, 128).astype(np.uint8)[None, :, None], 96, axis=0).repeat(3, axis=2)
ONE_COLOUR = np.full((96, 128, 3), 120, np.uint8)
BAR = np.full((96, 128, 3), 255, np.uint8)
BAR[40:50, 20:100] = 0


@pytest.mark.parametrize("smooth", [GRADIENT // 2, ONE_COLOUR, BAR, np.zeros((1, 1, 3), np.uint8)])
def test_gradients_and_plain_colours_are_smooth(smooth):
    assert is_smooth(smooth)


def test_photos_are_not_smooth():
    photos = bundled_photos()
    assert not any(map(is_smooth, (*photos.calibration, *photos.measuring)))


@pytest.fixture(scope="module")
def network():
    return load_style(STARTER)[0]


@pytest.fixture(scope="module")
def engine(network, tmp_path_factory):
    import torch

    int8 = open_int8(read_weights(STARTER), tmp_path_factory.mktemp("cache"), threads=1)
    return ChosenEngine(int8, 300, lambda: TorchEngine(network, torch.device("cpu")), "")


@pytest.mark.parametrize("smooth", [ONE_COLOUR, GRADIENT // 2])
def test_smooth_photos_are_painted_in_float32(engine, network, smooth):
    wanted = np.asarray(stylize(network, Image.fromarray(smooth))).astype(int)
    alone = np.abs(engine.engine.paint(smooth) - wanted).mean()
    assert alone > MAX_MEAN_ABSOLUTE_ERROR, "int8 can do it: there is no need for this"
    assert np.abs(engine.paint(smooth) - wanted).max() <= 1
    assert (engine.name, engine.precision) == ("torch", "float32")


def test_photos_are_painted_in_int8(engine):
    engine.paint(bundled_photos().measuring[0])
    assert engine.precision == "int8"
