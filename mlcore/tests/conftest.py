"""What several tests need: small pictures, a loss network with seeded weights, an untrained style."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from mlcore.checkpoint import save_style_file
from mlcore.style_metadata import StyleMetadata
from mlcore.tests.pictures import picture
from mlcore.train_config import TrainConfig
from mlcore.transformer_network import TransformerNetwork
from mlcore.vgg_features import VGGFeatures, load_loss_network

# The tensors here are too small to share out, and idle threads that wait for each other cost more than they give.
torch.set_num_threads(1)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The project's training data beside the checkout; not part of it."""
    folder = ROOT.parent / "shared" / "data"
    if not (folder / "weights" / "vgg16_features.safetensors").is_file():
        message = f"the training data {folder} is not here"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return folder


@pytest.fixture(scope="session")
def vgg16_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weights file for VGG16: random, but seeded, and scaled so that the activations of all layers are alike."""
    network = VGGFeatures("vgg16")
    generator = torch.Generator().manual_seed(5)
    state = {}
    for key, value in network.state_dict().items():
        fan_in = value[0].numel() if value.dim() > 1 else 1
        state[key] = torch.randn(value.shape, generator=generator) * ((2 / fan_in) ** 0.5 if fan_in > 1 else 0.0)
    path = tmp_path_factory.mktemp("weights") / "vgg16.safetensors"
    save_file(state, path)
    return path


@pytest.fixture
def loss_network(vgg16_weights: Path) -> VGGFeatures:
    return load_loss_network("vgg16", vgg16_weights)


@pytest.fixture
def network() -> TransformerNetwork:
    """An untrained network, always the same."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        return TransformerNetwork().eval().requires_grad_(False)


@pytest.fixture
def style_file(network: TransformerNetwork, tmp_path: Path) -> Path:
    path = tmp_path / "untrained.safetensors"
    save_style_file(path, network, StyleMetadata(step=7, config={"lr": 0.001}, loss_network="vgg16"))
    return path


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of six photos, one of them in a subfolder, none square."""
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    for index in range(5):
        picture(60 + index, 48, seed=index).save(folder / f"{index}.png")
    picture(48, 70, seed=5).save(folder / "more" / "5.png")
    return folder


@pytest.fixture
def painting(tmp_path: Path) -> Path:
    path = tmp_path / "painting.png"
    picture(90, 70, seed=99).save(path)
    return path


@pytest.fixture
def configure(photos: Path, painting: Path, vgg16_weights: Path, tmp_path: Path) -> Callable[..., TrainConfig]:
    """Make the configuration of a run small enough to finish in seconds; options override."""

    def make(**options: object) -> TrainConfig:
        values: dict[str, object] = {
            "content_dir": photos,
            "style_image": painting,
            "checkpoint_dir": tmp_path / "checkpoints",
            "output_dir": tmp_path / "outputs",
            "batch_size": 2,
            "image_size": 32,
            "style_size": 32,
            "max_steps": 4,
            "num_workers": 0,
            "warmup_steps": 2,
            "style_ramp_start": 0,
            "style_ramp_end": 0,
            "style_weight": 1e3,
            "log_interval": 1,
            "loss_network": "vgg16",
            "loss_weights": vgg16_weights,
            "cpu": True,
        }
        return TrainConfig(**(values | options))  # type: ignore[arg-type]

    return make
