"""Checkpoints from elsewhere paint what they painted there, or are refused with the reason."""

from __future__ import annotations

import collections
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from mlcore.checkpoint import load_style, save_style_file
from mlcore.errors import CheckpointError
from mlcore.foreign_checkpoint import WRAPPERS
from mlcore.image_tensor import image_to_tensor
from mlcore.style_metadata import StyleMetadata
from mlcore.stylize import stylize
from mlcore.tests.examples_network import examples_forward, examples_state, transposed_state
from mlcore.tests.pictures import difference, picture


@pytest.fixture
def theirs() -> dict[str, torch.Tensor]:
    return examples_state()


def load(value: Any, tmp_path: Path, **options: Any) -> tuple[Any, StyleMetadata]:
    torch.save(value, tmp_path / "a.pth", **options)
    return load_style(tmp_path / "a.pth")


def refused(value: Any, tmp_path: Path) -> str:
    with pytest.raises(CheckpointError) as caught:
        load(value, tmp_path)
    assert "a.pth" in str(caught.value)
    return str(caught.value)


def painted_there(state: dict[str, torch.Tensor], photo: Image.Image) -> Image.Image:
    painted = examples_forward(state, image_to_tensor(photo) * 255)
    levels = painted[0].clamp(0, 255).round().byte().permute(1, 2, 0)
    return Image.fromarray(levels.numpy())


def test_a_converted_network_is_the_same_function(theirs, tmp_path):
    loaded, metadata = load(theirs, tmp_path)
    assert loaded.output == metadata.output == "linear"
    photo = torch.rand(2, 3, 48, 64, generator=torch.Generator().manual_seed(1))
    expected = examples_forward(theirs, photo * 255)
    assert expected.std() > 30
    assert (expected < 0).any() or (expected > 255).any(), "clamping takes part"
    with torch.no_grad():
        torch.testing.assert_close(loaded.pre_activation(photo) * 255, expected, atol=0.01, rtol=1e-4)
        torch.testing.assert_close(loaded(photo) * 255, expected.clamp(0, 255), atol=0.01, rtol=1e-4)


def test_its_paintings_are_the_reference_networks_before_and_after_it_is_kept_as_a_style(theirs, tmp_path):
    photo = picture(64, 48)
    expected = painted_there(theirs, photo)
    loaded, metadata = load(theirs, tmp_path)
    levels = np.abs(np.asarray(stylize(loaded, photo), np.int16) - np.asarray(expected, np.int16))
    assert levels.max() <= 1, "what rounds to the next level"
    assert levels.mean() < 0.01
    save_style_file(tmp_path / "a.safetensors", loaded, metadata)
    kept, again = load_style(tmp_path / "a.safetensors")
    assert again == metadata
    assert difference(stylize(kept, photo), expected) < 0.5, "float16, the 255 folded into it"


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_wrapped_dicts(wrapper, theirs, tmp_path):
    loaded, metadata = load({"epoch": 3, wrapper: theirs, "loss": torch.tensor(1.5)}, tmp_path)
    assert metadata == StyleMetadata(output="linear")
    assert torch.equal(loaded.in1.weight, theirs["in1.weight"])


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module."])
@pytest.mark.parametrize("ours", [True, False])
def test_prefixes_two_levels_deep(prefix, ours, network, theirs, tmp_path):
    state = network.state_dict() if ours else theirs
    inner = collections.OrderedDict((prefix + key, value) for key, value in state.items())
    loaded, _ = load({"state": 1, "checkpoint": "x", "model": {"state_dict": inner, "epoch": 1}}, tmp_path)
    assert loaded.output == ("tanh" if ours else "linear")
    assert torch.equal(loaded.in5.bias, state["in5.bias"])


def test_our_names_in_a_wrapper_paint_as_without(network, tmp_path):
    photo = picture(32, 32)
    loaded, metadata = load({"generator": network.state_dict()}, tmp_path)
    assert metadata == StyleMetadata()
    assert difference(stylize(network, photo), stylize(loaded, photo)) == 0


def test_safetensors_of_the_examples_network_with_a_prefix(theirs, tmp_path):
    save_file({f"module.{key}": value for key, value in theirs.items()}, tmp_path / "a.safetensors")
    loaded, _ = load_style(tmp_path / "a.safetensors")
    assert loaded.output == "linear"
    torch.testing.assert_close(loaded.conv1.weight, theirs["conv1.conv2d.weight"] * 255)


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
@pytest.mark.parametrize("dtype", [torch.float16, torch.float64])
def test_formats_and_types_of_numbers(zipped, dtype, theirs, tmp_path):
    state = {key: torch.nn.Parameter(value.to(dtype)) for key, value in theirs.items()}
    loaded, _ = load(state, tmp_path, _use_new_zipfile_serialization=zipped)
    content = (tmp_path / "a.pth").read_bytes()
    assert content.startswith(b"PK" if zipped else b"\x80")
    assert loaded.conv1.weight.dtype == torch.float32
    torch.testing.assert_close(loaded.conv_out.bias * 255, theirs["deconv3.conv2d.bias"], atol=0.1, rtol=0)


def test_tensors_as_pytorch_0_3_pickled_them_with_statistics_that_it_never_used(theirs, tmp_path, monkeypatch):
    def reduce(tensor: torch.Tensor) -> Any:
        arguments = (tensor._typed_storage(), tensor.storage_offset(), tuple(tensor.size()), tensor.stride())
        return (torch._utils._rebuild_tensor, arguments)

    state = collections.OrderedDict(theirs)
    norms = [key.removesuffix(".bias") for key in theirs if ".conv2d" not in key and key.endswith(".bias")]
    assert len(norms) == 15
    for norm in norms:
        state[f"{norm}.running_mean"] = torch.full((theirs[f"{norm}.bias"].numel(),), 7.0)
        state[f"{norm}.running_var"] = torch.full((theirs[f"{norm}.bias"].numel(),), 9.0)
    monkeypatch.setattr(torch.Tensor, "__reduce_ex__", lambda tensor, _protocol: reduce(tensor))
    content = io.BytesIO()
    torch.save(state, content, _use_new_zipfile_serialization=False)
    monkeypatch.undo()
    assert b"_rebuild_tensor\n" in content.getvalue()
    (tmp_path / "a.pth").write_bytes(content.getvalue())
    loaded, _ = load_style(tmp_path / "a.pth")
    assert torch.equal(loaded.res_blocks[4].in2.bias, theirs["res5.in2.bias"])
    photo = picture(32, 32)
    assert difference(stylize(loaded, photo), painted_there(theirs, photo)) < 0.01


@pytest.mark.parametrize("ours", [True, False])
def test_statistics_of_instance_norm_go_only_where_no_batch_was_counted(ours, network, theirs, tmp_path):
    state = dict(network.state_dict() if ours else theirs)
    state |= {"in1.running_mean": torch.zeros(32), "in1.num_batches_tracked": torch.tensor(0)}
    load(state, tmp_path)
    message = refused(state | {"in1.num_batches_tracked": torch.tensor(8)}, tmp_path)
    assert "InstanceNorm with track_running_stats" in message
    for odd in ("text", torch.zeros(0, dtype=torch.int64), torch.empty((), device="meta"), torch.tensor(0.5)):
        assert "running" in refused(state | {"in1.num_batches_tracked": odd}, tmp_path)


def examples_with(**changes: Any) -> dict[str, Any]:
    return examples_state() | {key.replace("__", "."): value for key, value in changes.items()}


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in examples_state().items() if name != key}


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (without("deconv3.conv2d.bias"), "has no 'deconv3.conv2d.bias' (1 missing)"),
        (examples_with(res6__in1__bias=torch.ones(128)), "unknown 'res6.in1.bias' (1 unknown)"),
        (
            examples_with(conv1__conv2d__weight=torch.ones(16, 3, 9, 9)),
            "'conv1.conv2d.weight' has shape (16, 3, 9, 9), the network needs (32, 3, 9, 9): a network of another",
        ),
        (
            examples_with(deconv3__conv2d__weight=torch.ones(3, 32, 3, 3)),
            "'deconv3.conv2d.weight' has shape (3, 32, 3, 3), the network needs (3, 32, 9, 9): another kernel size",
        ),
        (examples_with(in2__bias=torch.ones(64, 1)), "'in2.bias' has shape (64, 1), the network needs (64,)."),
        (examples_with(in3__weight=torch.full((128,), float("inf"))), "'in3.weight' holds NaN or infinite"),
        (
            examples_with(conv1__conv2d__weight=torch.full((32, 3, 9, 9), 1e38)),
            "'conv1.conv2d.weight' holds values too",
        ),
        (examples_with(in3__weight=[1.0] * 128), "'in3.weight' is not a plain tensor"),
        (examples_with(deconv1__conv2d__weight=torch.ones(128, 64, 3, 3)), "transposed convolution"),
        (without("deconv1.conv2d.weight") | {"deconv1.weight": torch.ones(128, 64, 3, 3)}, "transposed convolution"),
        (examples_with(bn1__running_mean=torch.ones(32)), "'bn1.running_mean' belongs to a normalisation"),
        ({"module.in1.bias": torch.ones(32), "in1.bias": torch.ones(32)}, "'in1.bias' twice"),
        ({"features.0.weight": torch.ones(64, 3, 3, 3)}, "(62 missing), but 'features.0.weight' (1 unknown)"),
        ({1: torch.ones(2)}, "but '1' (1 unknown)"),
        ({"epoch": 3, "optimizer": {}}, "no state dict: there is no tensor under 'epoch' (int), 'optimizer' (dict)"),
        ({"model": {"net": {"state_dict": examples_state()}}}, "no tensor under 'state_dict' (dict)"),
        ({}, "no tensor under any key"),
    ],
)
def test_what_does_not_fit_says_which_key_and_why(state, words, tmp_path):
    assert words in refused(state, tmp_path)


def test_our_names_with_transposed_convolutions(network, tmp_path):
    message = refused(transposed_state(network), tmp_path)
    assert "'conv4.weight' has shape (128, 64, 3, 3), input channels first" in message


class Attack:
    """Unpickled without care this makes a file."""

    def __init__(self, sentinel: Path) -> None:
        self.sentinel = sentinel

    def __reduce__(self) -> object:
        return (Path.touch, (self.sentinel,))


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
@pytest.mark.parametrize("place", ["beside", "inside", "instead of a tensor", "as a key"])
def test_code_in_a_wrapped_checkpoint_never_runs(place, zipped, theirs, tmp_path):
    attack, sentinel = Attack(tmp_path / "ran"), tmp_path / "ran"
    value: Any = {
        "beside": {"state_dict": theirs, "optimizer": attack},
        "inside": {"model": {"state_dict": theirs, "arguments": attack}},
        "instead of a tensor": {"state_dict": theirs | {"module.in1.weight": attack}},
        "as a key": {"net": collections.OrderedDict([*theirs.items(), (attack, 1)])},
    }[place]
    torch.save(value, tmp_path / "a.pth", _use_new_zipfile_serialization=zipped)
    with pytest.raises(CheckpointError, match="could run code") as caught:
        load_style(tmp_path / "a.pth")
    assert caught.value.code == "checkpoint_unsafe"
    assert not sentinel.exists()
    torch.load(tmp_path / "a.pth", weights_only=False)
    assert sentinel.exists(), "the attack itself works"


def test_a_whole_module_is_refused(network, tmp_path):
    """``torch.save(model)`` keeps the class by name; reading it would import and build what the file says."""
    assert "Save it again as a state dict" in refused({"model": network}, tmp_path)


def test_a_dict_that_holds_itself_is_no_endless_search(tmp_path):
    loop: dict[str, Any] = {}
    loop["model"] = loop
    assert "no state dict" in refused(loop, tmp_path)
