"""Exported files paint what PyTorch paints, in runtimes that know nothing of this project."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch.nn import functional as F

from mlcore.checkpoint import load_style, save_style_file
from mlcore.cli import main
from mlcore.engines.openvino_core import openvino_core
from mlcore.errors import ExportError
from mlcore.export import onnx_file, openvino_file, torchscript_file
from mlcore.export.about import About
from mlcore.export.agreement import TOLERANCE, Disagreement
from mlcore.export.checked_export import export_style, keep_if_it_agrees
from mlcore.export.export_format import FORMATS, SUFFIX, files_of
from mlcore.folded_kernels import enlarging_kernel
from mlcore.image_tensor import image_to_tensor
from mlcore.style_metadata import StyleMetadata
from mlcore.stylize import stylize_tensor
from mlcore.tests.pictures import picture
from mlcore.transformer_network import TransformerNetwork

ROOT = Path(__file__).resolve().parents[2]
STYLE = ROOT / "stylizer" / "starter_styles" / "composition-vii.safetensors"
ABOUT = About(style="waves", style_sha256="00ff", licence="public domain")
SHAPES = ((1, 128, 128), (1, 97, 203), (3, 64, 150), (2, 40, 16))

WRITE = {
    "torchscript": torchscript_file.write_torchscript,
    "onnx": onnx_file.write_onnx,
    "openvino": openvino_file.write_openvino,
}
OPEN = {
    "torchscript": torchscript_file.open_torchscript,
    "onnx": onnx_file.open_onnx,
    "openvino": openvino_file.open_openvino,
}

# What a stranger would write; photos.npz in, paintings.npz out, both beside the file named first.
PLAIN_RUNTIME = {
    "torchscript": "import torch; loaded = torch.jit.load(path)\n"
    "def paint(photo): return loaded(torch.from_numpy(photo)).numpy()",
    "onnx": "import onnxruntime; session = onnxruntime.InferenceSession(path)\n"
    "def paint(photo): return session.run(None, {'image': photo})[0]",
    "openvino": "import openvino\n"
    "compiled = openvino.Core().compile_model(path, 'CPU', {'INFERENCE_PRECISION_HINT': 'f32'})\n"
    "def paint(photo): return compiled(photo)[0].copy()",
}
ALONE = """
import importlib.util, sys
import numpy as np
assert importlib.util.find_spec("mlcore") is None
path = sys.argv[1]
{runtime}
photos = np.load("photos.npz")
np.savez("paintings.npz", **{{name: paint(photos[name]) for name in photos}})
assert not any(name.split(".")[0] == "mlcore" for name in sys.modules)
"""


def photo_like(batch: int, height: int, width: int) -> torch.Tensor:
    return torch.cat([image_to_tensor(picture(width, height, seed=index)) for index in range(batch)])


def paint_alone(format_name: str, path: Path, photos: list[torch.Tensor]) -> list[torch.Tensor]:
    """Paint in a process that does not see this project."""
    np.savez(path.parent / "photos.npz", **{str(index): photo.numpy() for index, photo in enumerate(photos)})
    code = ALONE.format(runtime=PLAIN_RUNTIME[format_name])
    subprocess.run([sys.executable, "-I", "-c", code, path.name], cwd=path.parent, check=True)
    with np.load(path.parent / "paintings.npz") as paintings:
        return [torch.from_numpy(paintings[str(index)]) for index in range(len(photos))]


def distances(paintings: list[torch.Tensor], network: TransformerNetwork, photos: list[torch.Tensor]) -> list[float]:
    pairs = zip(paintings, photos, strict=True)
    return [(painting - stylize_tensor(network, photo)).abs().max().item() for painting, photo in pairs]


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_file_paints_as_pytorch_does_at_any_shape_without_this_project(format_name, tmp_path, capsys):
    output = tmp_path / f"style{SUFFIX[format_name]}"
    assert main(["export", "--checkpoint", str(STYLE), "--format", format_name, "--output", str(output)]) == 0
    network, _ = load_style(STYLE)
    photos = [photo_like(*shape) for shape in SHAPES]
    paintings = paint_alone(format_name, output, photos)
    assert [tuple(painting.shape) for painting in paintings] == [tuple(photo.shape) for photo in photos]
    assert max(distances(paintings, network, photos)) <= TOLERANCE
    assert all(painting.min() >= 0 and painting.max() <= 1 for painting in paintings)
    assert paintings[0].std() > 0.05
    assert str(output) in capsys.readouterr().out


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_network_without_a_tanh_is_exported_without_one(format_name, tmp_path):
    torch.manual_seed(1)
    network = TransformerNetwork("linear").eval().requires_grad_(False)
    network.conv_out.bias.fill_(0.5)
    output = tmp_path / f"linear{SUFFIX[format_name]}"
    assert export_style(network, ABOUT, format_name, output).agreement.deviations[0].largest <= TOLERANCE
    photos = [photo_like(1, 64, 80)]
    paintings = [OPEN[format_name](output)(photo) for photo in photos]
    assert max(distances(paintings, network, photos)) <= TOLERANCE
    network.output = "tanh"
    assert min(distances(paintings, network, photos)) > 0.05


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_file_that_paints_something_else_is_not_kept(format_name, network, tmp_path):
    other = TransformerNetwork().eval().requires_grad_(False)
    other.load_state_dict(network.state_dict())
    other.conv5.weight.mul_(1.01)
    other.in5.bias.add_(0.01)
    files = files_of(format_name, tmp_path / f"style{SUFFIX[format_name]}")
    for file in files:
        file.write_bytes(b"the one from before")
    with pytest.raises(Disagreement, match="Nothing was kept") as refusal:
        keep_if_it_agrees(lambda path: WRITE[format_name](other, ABOUT, path), OPEN[format_name], network, files)
    deviations = refusal.value.agreement.deviations
    assert len(deviations) == 4
    assert {(one.batch, one.width > one.height) for one in deviations} >= {(1, True), (2, False)}
    assert max(one.largest for one in deviations) > TOLERANCE
    assert {file.read_bytes() for file in files} == {b"the one from before"}
    assert sorted(tmp_path.iterdir()) == sorted(files)


def test_a_network_that_paints_nan_is_not_kept(network, tmp_path):
    network.in1.weight.fill_(float("nan"))
    with pytest.raises(Disagreement):
        export_style(network, ABOUT, "onnx", tmp_path / "style.onnx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_damaged_file_is_not_kept(format_name, network, tmp_path):
    def write_a_part(path: Path) -> None:
        WRITE[format_name](network, ABOUT, path)
        weights = files_of(format_name, path)[0]
        weights.write_bytes(weights.read_bytes()[:-4000])

    output = tmp_path / f"style{SUFFIX[format_name]}"
    with pytest.raises(ExportError, match="does not run") as refusal:
        keep_if_it_agrees(write_a_part, OPEN[format_name], network, files_of(format_name, output))
    assert "\n" not in str(refusal.value)
    assert not list(tmp_path.iterdir())


def test_the_command_tells_the_numbers_of_a_refusal(network, style_file, tmp_path, monkeypatch, capsys):
    write = onnx_file.write_onnx

    def write_another(network: TransformerNetwork, about: About, path: Path) -> None:
        network.conv_out.bias.add_(0.1)
        write(network, about, path)
        network.conv_out.bias.sub_(0.1)

    monkeypatch.setattr(onnx_file, "write_onnx", write_another)
    arguments = ["export", "--checkpoint", str(style_file), "--format", "onnx"]
    arguments += ["--output", str(tmp_path / "out" / "style.onnx")]
    assert main([*arguments, "--json"]) == 1
    out, err = capsys.readouterr()
    answer = json.loads(out)
    assert (answer["ok"], answer["files"], len(answer["deviations"])) == (False, [], 4)
    assert all(0.01 < one["largest"] < 0.2 for one in answer["deviations"])
    assert err.startswith("error: The exported file paints something else than PyTorch: it differs by 0.0")
    assert main(arguments) == 1
    assert len(capsys.readouterr().out.splitlines()) == 5
    assert not list((tmp_path / "out").iterdir())


def test_the_command_answers_in_json(style_file, tmp_path, capsys):
    output = tmp_path / "new" / "style.xml"
    arguments = ["export", "--checkpoint", style_file, "--format", "openvino", "--output", output, "--json"]
    assert main([str(argument) for argument in arguments]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is True
    assert answer["style"] == "untrained"
    assert answer["files"] == [
        {"path": str(file), "bytes": file.stat().st_size} for file in (output.with_suffix(".bin"), output)
    ]
    assert all(one["mean"] <= one["largest"] <= answer["tolerance"] for one in answer["deviations"])


def test_every_format_says_where_it_comes_from(network, tmp_path):
    for format_name in FORMATS:
        WRITE[format_name](network, ABOUT, tmp_path / f"style{SUFFIX[format_name]}")
    extra = {"easel.json": ""}
    with pytest.warns(FutureWarning, match="deprecated"):
        torch.jit.load(tmp_path / "style.pt", _extra_files=extra)
    graph = onnx.load(tmp_path / "style.onnx")
    model = openvino_core().read_model(tmp_path / "style.xml")
    assert json.loads(extra["easel.json"]) == ABOUT.as_strings()
    assert {one.key: one.value for one in graph.metadata_props} == ABOUT.as_strings()
    for key, value in ABOUT.as_strings().items():
        assert model.get_rt_info(["easel", key]).value == value
    assert ABOUT.as_strings()["licence"] == "public domain"
    assert re.fullmatch(r"Easel \d+\.\d+\.\d+", ABOUT.as_strings()["producer"])
    assert "licence" not in About(style="waves", style_sha256="").as_strings()


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_file_tells_nothing_of_the_machine_that_wrote_it(format_name, network, tmp_path):
    path = tmp_path / f"style{SUFFIX[format_name]}"
    WRITE[format_name](network, ABOUT, path)
    for place in (ROOT, Path(torch.__file__).parent, tmp_path, Path.home()):
        assert str(place).encode() not in path.read_bytes()


def test_torchscript_refuses_what_it_would_paint_wrongly(network, tmp_path):
    torchscript_file.write_torchscript(network, ABOUT, tmp_path / "style.pt")
    paint = torchscript_file.open_torchscript(tmp_path / "style.pt")
    for shape in ((1, 3, 15, 64), (1, 3, 64, 15), (3, 64, 64), (1, 4, 64, 64)):
        with pytest.raises(torch.jit.Error, match="must be N×3×H×W with H and W at least 16"):
            paint(torch.zeros(shape))


def test_torchscript_can_be_halved(network, tmp_path):
    torchscript_file.write_torchscript(network, ABOUT, tmp_path / "style.pt")
    with pytest.warns(FutureWarning, match="deprecated"):
        halved = torch.jit.load(tmp_path / "style.pt").half()
    photo = photo_like(1, 41, 62)
    with torch.inference_mode():
        painting = halved(photo.half())
    assert painting.dtype == torch.float16
    assert max(distances([painting.float()], network, [photo])) < 0.02


def test_the_folded_kernel_is_enlarging_and_convolving():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn((2, 3, 5, 7), generator=generator, dtype=torch.float64)
    weight = torch.randn((4, 3, 3, 3), generator=generator, dtype=torch.float64)
    enlarged = F.pad(F.interpolate(x, scale_factor=2, mode="nearest"), (1, 1, 1, 1), mode="reflect")
    padded = F.pad(x, (1, 1, 1, 1), mode="replicate")
    folded = F.conv_transpose2d(padded, enlarging_kernel(weight), stride=2, padding=3)
    assert torch.allclose(folded, F.conv2d(enlarged, weight), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("format_name", "name", "options", "told"),
    [
        ("onnx", "style.pt", [], "with --format onnx it must end in .onnx"),
        ("torchscript", "style", [], "with --format torchscript it must end in .pt"),
        ("openvino", "style.bin", [], "with --format openvino it must end in .xml"),
        ("onnx", "folder.onnx", [], "is a folder: give --output the name of a file"),
        ("openvino", "folder.xml", [], "folder.bin is a folder"),
        ("onnx", "file/style.onnx", [], "cannot be made"),
        ("torchscript", "style_own.pt", [], "would overwrite the checkpoint"),
        ("onnx", "style.onnx", ["--licence", "two\nlines"], "--licence must be one printable line"),
        ("onnx", "style.onnx", ["--name", "x" * 501], "--name must be one printable line"),
        ("onnx", "style.onnx", ["--int8"], "--int8 is for openvino"),
        ("torchscript", "style.pt", ["--int8"], "--int8 is for openvino"),
        ("openvino", "style.xml", ["--photos", "."], "--photos is for --int8"),
        ("openvino", "style.xml", ["--int8", "--photos", "nowhere"], "nowhere has 0"),
    ],
)
def test_options_that_cannot_work_are_status_two(format_name, name, options, told, network, tmp_path, capsys):
    checkpoint = tmp_path / "style_own.pt"
    save_style_file(checkpoint, network, StyleMetadata())
    (tmp_path / "folder.onnx").mkdir()
    (tmp_path / "folder.bin").mkdir()
    (tmp_path / "file").touch()
    before = sorted(tmp_path.rglob("*"))
    arguments = ["export", "--checkpoint", str(checkpoint), "--format", format_name]
    assert main([*arguments, "--output", str(tmp_path / name), *options]) == 2
    out, err = capsys.readouterr()
    assert told in err
    assert (out, err.count("\n")) == ("", 1)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_checkpoint_that_is_none_is_status_one(tmp_path, capsys):
    arguments = ["export", "--checkpoint", tmp_path / "none", "--format", "onnx", "--output", tmp_path / "a.onnx"]
    assert main([str(argument) for argument in arguments]) == 1
    assert "The checkpoint" in capsys.readouterr().err
