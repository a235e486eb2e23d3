from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from mlcore.checkpoint import load_style, load_training_checkpoint, save_style_file, save_training_checkpoint
from mlcore.errors import CheckpointError
from mlcore.style_metadata import StyleMetadata
from mlcore.stylize import stylize
from mlcore.tests.pictures import difference, picture
from mlcore.transformer_network import TransformerNetwork

STARTER_DIR = Path(__file__).resolve().parents[2] / "stylizer" / "starter_styles"

METADATA = StyleMetadata(
    config={"lr": 0.001, "style_image": "night.jpg", "augment": True, "resume": None},
    step=40_000,
    losses={"total": 1.5, "style": 0.5},
    loss_network="vgg16",
)


def test_a_style_file_comes_back_with_its_metadata(network, tmp_path):
    save_style_file(tmp_path / "a.safetensors", network, METADATA)
    loaded, metadata = load_style(tmp_path / "a.safetensors")
    assert metadata == METADATA
    assert not loaded.training
    assert not any(parameter.requires_grad for parameter in loaded.parameters())
    for key, value in network.state_dict().items():
        assert torch.equal(loaded.state_dict()[key], value.half().float()), key


def test_a_style_file_is_small_float16_safetensors_with_documented_metadata(network, tmp_path):
    path = tmp_path / "a.safetensors"
    save_style_file(path, network, METADATA)
    assert path.stat().st_size < 3.5 * 2**20
    with safe_open(path, "pt") as file:
        assert {file.get_tensor(key).dtype for key in file.keys()} == {torch.float16}  # noqa: SIM118  # no dict
        strings = file.metadata()
    assert strings["format_version"] == "1"
    assert strings["architecture"] == "TransformerNetwork"
    assert json.loads(strings["architecture_args"]) == {}
    assert json.loads(strings["config"])["lr"] == 0.001
    assert json.loads(strings["losses"]) == {"total": 1.5, "style": 0.5}


def test_the_same_style_gives_the_same_bytes(network, tmp_path):
    for name in "abcd":
        save_style_file(tmp_path / name, network, METADATA)
    assert len({(tmp_path / name).read_bytes() for name in "abcd"}) == 1


def test_a_linear_network_comes_back_as_one_whatever_the_metadata_said(network, tmp_path):
    linear, photo = TransformerNetwork("linear").eval(), picture(64, 48)
    linear.load_state_dict(network.state_dict())
    save_style_file(tmp_path / "a.safetensors", linear, METADATA)
    loaded, metadata = load_style(tmp_path / "a.safetensors")
    assert loaded.output == metadata.output == "linear"
    assert metadata == replace(METADATA, output="linear")
    assert difference(stylize(linear, photo), stylize(loaded, photo)) < 0.5
    assert difference(stylize(network, photo), stylize(loaded, photo)) > 5
    with safe_open(tmp_path / "a.safetensors", "pt") as file:
        strings = file.metadata()
    assert json.loads(strings["architecture_args"]) == {"output": "linear"}
    assert strings["format_version"] == "2", "version 1 would paint it with a tanh"
    save_style_file(tmp_path / "b.safetensors", network, metadata)
    assert load_style(tmp_path / "b.safetensors")[0].output == "tanh"


def test_shipped_styles_are_written_as_they_are(tmp_path):
    """Their hashes name files in caches and catalogs, so the same style must stay the same bytes."""
    shipped = sorted(STARTER_DIR.glob("*.safetensors"))[0]
    save_style_file(tmp_path / "a.safetensors", *load_style(shipped))
    assert (tmp_path / "a.safetensors").read_bytes() == shipped.read_bytes()


def test_rounding_to_float16_moves_no_pixel_visibly(network, style_file):
    photo = picture(64, 48)
    assert difference(stylize(network, photo), stylize(load_style(style_file)[0], photo)) < 0.5


def test_a_weight_that_float16_cannot_hold_is_not_written(network, tmp_path):
    with torch.no_grad():
        network.conv1.weight[0, 0, 0, 0] = 1e6
    with pytest.raises(CheckpointError, match=r"conv1\.weight"):
        save_style_file(tmp_path / "a.safetensors", network, METADATA)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["plain safetensors", "plain state dict", "legacy state dict", "bfloat16"])
def test_weights_without_metadata_are_a_style_too(kind, network, tmp_path):
    path, state = tmp_path / "weights", network.state_dict()
    if kind == "plain safetensors":
        save_file(state, path)
    elif kind == "bfloat16":
        state = {key: value.bfloat16() for key, value in state.items()}
        save_file(state, path)
    else:
        torch.save(state, path, _use_new_zipfile_serialization=kind == "plain state dict")
    loaded, metadata = load_style(path)
    assert metadata == StyleMetadata()
    assert torch.equal(loaded.conv1.weight, state["conv1.weight"].float())


def test_a_training_checkpoint_is_a_style_too_and_keeps_its_folders_to_itself(network, tmp_path):
    config = {"content_dir": "/home/alice/photos", "style_image": "/home/alice/night.jpg", "loss_network": "vgg16"}
    checkpoint = {"step": 5, "model_state_dict": network.state_dict(), "optimizer_state_dict": {}, "loss": 2.5}
    save_training_checkpoint(tmp_path / "a.pth", checkpoint | {"config": config})
    loaded, metadata = load_style(tmp_path / "a.pth")
    assert torch.equal(loaded.conv1.weight, network.conv1.weight)
    assert metadata == StyleMetadata(
        config={"style_image": "night.jpg", "loss_network": "vgg16"},
        step=5,
        losses={"total": 2.5},
        loss_network="vgg16",
    )


def test_a_training_checkpoint_comes_back_whole(network, tmp_path):
    optimizer = torch.optim.Adam(network.parameters())
    checkpoint = {
        "step": 5,
        "model_state_dict": network.state_dict(),
        "optimizer_state_dict": optimizer.state_dict(),
        "loss": 2.5,
        "config": {"lr": 0.1},
        "rng_state": torch.get_rng_state(),
    }
    save_training_checkpoint(tmp_path / "a.pth", checkpoint)
    loaded = load_training_checkpoint(tmp_path / "a.pth")
    assert set(loaded) == set(checkpoint)
    assert torch.equal(loaded["rng_state"], checkpoint["rng_state"])


def test_a_state_dict_cannot_be_resumed_and_the_error_says_what_can(network, tmp_path):
    torch.save(network.state_dict(), tmp_path / "a.pth")
    with pytest.raises(CheckpointError, match="--init-from"):
        load_training_checkpoint(tmp_path / "a.pth")
