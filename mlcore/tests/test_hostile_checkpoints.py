from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save, save_file

from mlcore.checkpoint import MAX_FILE_BYTES, load_style
from mlcore.errors import CheckpointError
from mlcore.style_metadata import StyleMetadata
from mlcore.tests.pictures import encoded, picture


class Attack:
    """Unpickled without care this makes a file."""

    def __init__(self, sentinel: Path) -> None:
        self.sentinel = sentinel

    def __reduce__(self) -> object:
        return (Path.touch, (self.sentinel,))


def refused(path: Path) -> CheckpointError:
    with pytest.raises(CheckpointError) as caught:
        load_style(path)
    return caught.value


@pytest.mark.parametrize("how", ["zip", "legacy", "pickle", "beside weights"])
def test_code_in_a_checkpoint_never_runs(how, network, tmp_path):
    sentinel, path = tmp_path / "ran", tmp_path / "upload.pth"
    if how == "pickle":
        path.write_bytes(pickle.dumps(Attack(sentinel)))
    elif how == "beside weights":
        torch.save({"model_state_dict": network.state_dict(), "config": Attack(sentinel)}, path)
    else:
        torch.save(Attack(sentinel), path, _use_new_zipfile_serialization=how == "zip")
    error = refused(path)
    # A bare pickle is no PyTorch file at all and refused for that already.
    assert error.code == ("checkpoint_invalid" if how == "pickle" else "checkpoint_unsafe")
    assert "upload.pth" in str(error)
    assert not sentinel.exists()
    if how != "beside weights":  # the attack itself works
        torch.load(path, weights_only=False) if how != "pickle" else pickle.loads(path.read_bytes())
        assert sentinel.exists()


def test_a_text_pickle_is_not_even_tried(tmp_path):
    (tmp_path / "a.pth").write_bytes(b"cos\nsystem\n(S'touch ran'\ntR.")
    assert refused(tmp_path / "a.pth").code == "checkpoint_invalid"


def break_missing(state):
    del state["in5.bias"]


def break_unknown(state):
    state["extra.weight"] = torch.zeros(2)


def break_shape(state):
    state["conv1.weight"] = torch.zeros(32, 3, 3, 3)


def break_nan(state):
    state["res_blocks.0.conv1.bias"][5] = float("nan")


def break_integer(state):
    state["in1.weight"] = torch.ones(32, dtype=torch.int64)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (break_missing, r"no 'in5\.bias'"),
        (break_unknown, r"unknown 'extra\.weight'"),
        (break_shape, r"'conv1\.weight' has shape \(32, 3, 3, 3\), the network needs \(32, 3, 9, 9\)"),
        (break_nan, r"'res_blocks\.0\.conv1\.bias' holds NaN"),
        (break_integer, r"'in1\.weight' is not a plain tensor"),
    ],
)
@pytest.mark.parametrize("kind", ["safetensors", "pth"])
def test_weights_that_do_not_fit_are_named(change, words, kind, network, tmp_path):
    state = {key: value.clone() for key, value in network.state_dict().items()}
    change(state)
    path = tmp_path / f"a.{kind}"
    save_file(state, path) if kind == "safetensors" else torch.save(state, path)
    assert refused(path).code == "checkpoint_invalid"
    with pytest.raises(CheckpointError, match=words):
        load_style(path)


@pytest.mark.parametrize(
    "value",
    [torch.ones(32).to_sparse(), torch.empty(32, device="meta"), torch.ones(32).to(torch.float8_e4m3fn), "text", None],
    ids=["sparse", "meta", "float8", "text", "none"],
)
@pytest.mark.filterwarnings("ignore:Validating sparse tensor")
def test_only_plain_tensors_are_taken(value, network, tmp_path):
    torch.save(network.state_dict() | {"in1.weight": value}, tmp_path / "a.pth")
    assert "in1.weight" in str(refused(tmp_path / "a.pth"))


@pytest.mark.parametrize("content", [[1, 2], "text", torch.zeros(3)], ids=["list", "text", "tensor"])
def test_other_plain_values_are_no_state_dict(content, tmp_path):
    torch.save(content, tmp_path / "a.pth")
    assert "not a state dict" in str(refused(tmp_path / "a.pth"))
    torch.save({"model_state_dict": content}, tmp_path / "b.pth")
    refused(tmp_path / "b.pth")


@pytest.mark.parametrize("kind", ["safetensors", "pth"])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.99])
def test_truncated_files(kind, share, network, tmp_path):
    path = tmp_path / f"a.{kind}"
    save_file(network.state_dict(), path) if kind == "safetensors" else torch.save(network.state_dict(), path)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    assert path.name in str(refused(path))


@pytest.mark.parametrize("name", ["renamed.pth", "renamed.safetensors"])
def test_a_renamed_jpeg(name, tmp_path):
    (tmp_path / name).write_bytes(encoded(picture(50, 50), "JPEG"))
    assert "neither a safetensors file nor a PyTorch checkpoint" in str(refused(tmp_path / name))


def test_a_file_too_large_is_not_read(tmp_path):
    path = tmp_path / "huge.pth"
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    assert "at most 128 MB" in str(refused(path))


def test_a_header_that_promises_gigabytes(tmp_path):
    header = b'{"conv1.weight":{"dtype":"F32","shape":[4000000000],"data_offsets":[0,16000000000]}}'
    (tmp_path / "a.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    refused(tmp_path / "a.safetensors")


def test_missing_files_and_folders(tmp_path):
    assert "cannot be read" in str(refused(tmp_path / "absent.pth"))
    assert "not a file" in str(refused(tmp_path))


def with_metadata(network, tmp_path, **strings: str) -> Path:
    path = tmp_path / "a.safetensors"
    path.write_bytes(save(network.state_dict(), StyleMetadata().as_strings() | strings))
    return path


@pytest.mark.parametrize(
    ("strings", "words"),
    [
        ({"format_version": "3"}, "format 3"),
        ({"format_version": "x"}, "damaged"),
        ({"architecture": "Diffusion"}, "'Diffusion'"),
        ({"architecture_args": '{"output": "sigmoid"}'}, "'sigmoid'; this version knows tanh and linear"),
        ({"architecture_args": '{"output": ["tanh"]}'}, "tanh and linear"),
        ({"architecture_args": '{"blocks": 9, "output": "tanh"}'}, "'blocks', which this version does not know"),
        ({"architecture_args": "[]"}, "'list'"),
        ({"architecture_args": "{"}, "damaged"),
        ({"config": "{"}, "damaged"),
        ({"config": "[" * 100_000}, "damaged"),
        ({"step": "9" * 5000}, "damaged"),
    ],
)
def test_metadata_that_cannot_be_right_is_refused(strings, words, network, tmp_path):
    assert words in str(refused(with_metadata(network, tmp_path, **strings)))


def test_only_plain_small_metadata_is_kept(network, tmp_path):
    path = with_metadata(
        network,
        tmp_path,
        config='{"lr": 0.5, "a": NaN, "b": {"c": 1}, "d": "\\u0000", "e": 1e999, "f": "ok", "g": %s}' % ("9" * 40),
        losses='{"total": Infinity, "style": 2, "content": "x"}',
        step="-5",
        loss_network="vgg\n16",
    )
    assert load_style(path)[1] == StyleMetadata(config={"lr": 0.5, "f": "ok"}, losses={"style": 2.0})
    long = ", ".join(f'"k{index}": "{"x" * (index * 10)}"' for index in range(100))
    kept = load_style(with_metadata(network, tmp_path, config="{" + long + "}"))[1].config
    assert max(len(value) for value in kept.values()) == 500
    assert len(kept) == 51
