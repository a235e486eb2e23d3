from __future__ import annotations

import collections
import io
import json
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from mlcore.checkpoint import load_style
from mlcore.checkpoint_verification import verify_checkpoint
from mlcore.errors import CheckpointError
from mlcore.image_io import open_photo
from mlcore.image_tensor import image_to_tensor
from mlcore.sample_scene import sample_scene
from mlcore.tests.examples_network import examples_forward, examples_state
from mlcore.tests.pictures import difference, picture

ROOT = Path(__file__).resolve().parents[2]


def verify(checkpoint: Path, folder: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-m", "mlcore", "verify", "--checkpoint", str(checkpoint)]
    command += ["--style-file", str(folder / "style.safetensors"), "--preview", str(folder / "preview.jpg"), *arguments]
    # A bare environment, as a careful caller gives.
    done = subprocess.run(command, cwd=ROOT, env={"PATH": ""}, capture_output=True, text=True, check=False)
    (line,) = done.stdout.splitlines()
    return done.returncode, json.loads(line)


def test_a_good_checkpoint_becomes_a_style_and_a_preview(network, tmp_path):
    config = {"content_dir": "/home/alice/photos", "style_image": "night.jpg", "loss_network": "vgg16"}
    checkpoint = {"step": 5, "model_state_dict": network.state_dict(), "config": config, "loss": 2.0}
    torch.save(checkpoint | {"optimizer_state_dict": {}}, tmp_path / "upload")
    status, answer = verify(tmp_path / "upload", tmp_path)
    assert status == 0
    assert answer.pop("bytes") == (tmp_path / "style.safetensors").stat().st_size
    assert len(answer.pop("sha256")) == len(answer.pop("source_sha256")) == 64
    assert answer == {
        "ok": True,
        "step": 5,
        "config": {"style_image": "night.jpg", "loss_network": "vgg16"},
        "losses": {"total": 2.0},
        "loss_network": "vgg16",
        "output": "tanh",
        "preview_width": 512,
        "preview_height": 384,
        "clipped": 0.0,
    }
    assert load_style(tmp_path / "style.safetensors")[1].step == 5
    with Image.open(tmp_path / "preview.jpg") as preview:
        assert (preview.format, preview.size) == ("JPEG", (512, 384))


def write_bomb(path: Path, megabytes: int) -> None:
    """Write a checkpoint of a few kilobytes that unpacks to ``megabytes``."""
    count = megabytes * 2**18

    class Storage:
        pass

    class Bomb:
        def __reduce__(self) -> object:
            arguments = (Storage(), 0, (count,), (1,), False, collections.OrderedDict())
            return (torch._utils._rebuild_tensor_v2, arguments)

    class Pickler(pickle.Pickler):
        def persistent_id(self, value: object) -> object:
            return ("storage", torch.FloatStorage, "0", "cpu", count) if isinstance(value, Storage) else None

    content = io.BytesIO()
    Pickler(content, protocol=2).dump({"conv1.weight": Bomb()})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("archive/data.pkl", content.getvalue())
        archive.writestr("archive/version", b"3\n")
        with archive.open("archive/data/0", "w") as data:
            for _ in range(megabytes):
                data.write(bytes(2**20))


def test_a_checkpoint_that_unpacks_to_more_than_the_limit_ends_in_a_refusal(tmp_path):
    write_bomb(tmp_path / "bomb.pth", 400)
    assert (tmp_path / "bomb.pth").stat().st_size < 4 * 2**20
    status, answer = verify(tmp_path / "bomb.pth", tmp_path, "--max-memory-mb", "200")
    assert (status, answer["ok"], answer["code"]) == (1, False, "checkpoint_too_large")
    assert not (tmp_path / "style.safetensors").exists()


def test_code_is_refused_and_never_runs(tmp_path):
    class Attack:
        def __reduce__(self) -> object:
            return (Path.touch, (tmp_path / "ran",))

    torch.save(Attack(), tmp_path / "upload")
    status, answer = verify(tmp_path / "upload", tmp_path)
    assert (status, answer["code"]) == (1, "checkpoint_unsafe")
    assert "run code" in answer["detail"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["upload"]


def outputs(folder: Path) -> tuple[Path, Path]:
    return folder / "style.safetensors", folder / "preview.jpg"


def test_a_network_that_paints_one_flat_colour_is_refused(network, tmp_path):
    with torch.no_grad():
        network.conv_out.weight.zero_()
    torch.save(network.state_dict(), tmp_path / "flat.pth")
    with pytest.raises(CheckpointError) as caught:
        verify_checkpoint(tmp_path / "flat.pth", *outputs(tmp_path), picture(64, 48))
    assert caught.value.code == "checkpoint_flat"
    assert [path.name for path in tmp_path.iterdir()] == ["flat.pth"]


def test_a_checkpoint_of_the_pytorch_examples_becomes_a_style_of_ours(tmp_path):
    """Through the process of its own, as an upload goes."""
    theirs = examples_state()
    torch.save({"epoch": 2, "state_dict": {f"module.{key}": value for key, value in theirs.items()}}, tmp_path / "up")
    picture(64, 48).save(tmp_path / "photo.png")
    status, answer = verify(tmp_path / "up", tmp_path, "--photo", str(tmp_path / "photo.png"))
    assert (status, answer["ok"], answer["output"], answer["step"]) == (0, True, "linear", 0)
    photo = image_to_tensor(open_photo(tmp_path / "photo.png", longest_side=512))
    expected = examples_forward(theirs, photo * 255)
    outside = ((expected < 0) | (expected > 255)).float().mean().item()
    assert 0.001 < outside < 0.3
    assert answer["clipped"] == pytest.approx(outside, abs=0.002)
    network, metadata = load_style(tmp_path / "style.safetensors")
    assert network.output == metadata.output == "linear"
    with torch.no_grad():
        painted = network(photo)
    assert (painted * 255 - expected.clamp(0, 255)).abs().mean() < 0.5


@pytest.mark.parametrize(
    ("factor", "offset", "code", "words"),
    [
        (1 / 255, 0.0, "checkpoint_flat", "in one flat colour"),  # trained to give 0 to 1
        (0.0, -30.0, "checkpoint_flat", "in one flat colour"),
        (1.0, -145.0, "checkpoint_range", "beyond black or white"),
        (1e4, 0.0, "checkpoint_range", "beyond black or white"),
    ],
)
def test_a_network_of_those_names_trained_for_another_range_is_refused(factor, offset, code, words, tmp_path):
    theirs = examples_state()
    for kind in ("weight", "bias"):
        theirs[f"deconv3.conv2d.{kind}"] *= factor
    theirs["deconv3.conv2d.bias"] += offset
    torch.save(theirs, tmp_path / "other.pth")
    with pytest.raises(CheckpointError, match=words) as caught:
        verify_checkpoint(tmp_path / "other.pth", *outputs(tmp_path), picture(64, 48))
    assert caught.value.code == code
    assert "RGB from 0 to 255" in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["other.pth"]


def test_folded_weights_that_a_style_file_cannot_hold_are_refused(tmp_path):
    theirs = examples_state()
    theirs["conv1.conv2d.weight"][0, 0, 0, 0] = 65_504 / 255 + 1
    torch.save(theirs, tmp_path / "large.pth")
    with pytest.raises(CheckpointError) as caught:
        verify_checkpoint(tmp_path / "large.pth", *outputs(tmp_path), picture(64, 48))
    assert caught.value.code == "checkpoint_not_finite"
    theirs["conv1.conv2d.weight"][0, 0, 0, 0] = 65_504 / 255 - 1
    torch.save(theirs, tmp_path / "large.pth")
    assert verify_checkpoint(tmp_path / "large.pth", *outputs(tmp_path), picture(64, 48)).metadata.output == "linear"


def test_a_network_that_paints_no_numbers_is_refused(network, tmp_path):
    with torch.no_grad():
        network.conv_out.weight.fill_(3e38)
    torch.save(network.state_dict(), tmp_path / "nan.pth")
    with pytest.raises(CheckpointError) as caught:
        verify_checkpoint(tmp_path / "nan.pth", *outputs(tmp_path), picture(64, 48))
    assert caught.value.code == "checkpoint_not_finite"
    assert [path.name for path in tmp_path.iterdir()] == ["nan.pth"]


def test_the_preview_is_painted_from_the_photo(style_file, tmp_path):
    first = verify_checkpoint(style_file, *outputs(tmp_path), picture(64, 48))
    with Image.open(tmp_path / "preview.jpg") as preview:
        painted = preview.convert("RGB")
    second = verify_checkpoint(style_file, *outputs(tmp_path), picture(64, 48, seed=1))
    with Image.open(tmp_path / "preview.jpg") as preview:
        assert difference(preview.convert("RGB"), painted) > 1
    assert (first.preview_width, first.preview_height) == (64, 48)
    assert first.sha256 == second.sha256  # the style file does not depend on the photo, nor on when it is written


def test_the_sample_scene_is_the_same_every_time_and_worth_looking_at():
    scene = sample_scene()
    assert (scene.mode, scene.size) == ("RGB", (512, 384))
    assert difference(scene, sample_scene()) == 0
    assert len(scene.quantize(64).getcolors()) > 50
