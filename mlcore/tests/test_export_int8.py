"""An int8 file keeps the contract of a float32 one and a style's looks, or it is not kept."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import openvino
import pytest
import torch
from PIL import Image

from mlcore.checkpoint import load_style, save_style_file
from mlcore.cli import main
from mlcore.engines.bundled_photos import PhotoSets, bundled_photos
from mlcore.engines.deviation import MAX_MEAN_ABSOLUTE_ERROR, Deviation, deviation_of
from mlcore.engines.openvino_core import openvino_core
from mlcore.engines.openvino_graph import build_portable_model
from mlcore.engines.style_weights import read_weights
from mlcore.errors import ExportError
from mlcore.export.about import About
from mlcore.export.agreement import Disagreement
from mlcore.export.checked_export import keep_if_it_agrees
from mlcore.export.int8_agreement import Int8Check
from mlcore.export.openvino_file import open_openvino, write_openvino
from mlcore.export.openvino_int8_file import export_int8
from mlcore.image_tensor import image_to_tensor
from mlcore.style_metadata import StyleMetadata
from mlcore.stylize import stylize_tensor
from mlcore.tests.pictures import picture

ROOT = Path(__file__).resolve().parents[2]
STYLE = ROOT / "stylizer" / "starter_styles" / "udnie.safetensors"
ABOUT = About(style="udnie", style_sha256="00ff")

# What a stranger would write; photos.npz in, paintings.npz out, both beside the file named first.
ALONE = """
import importlib.util, sys
import numpy as np
import openvino
assert importlib.util.find_spec("mlcore") is None
compiled = openvino.Core().compile_model(sys.argv[1], 'CPU', {'INFERENCE_PRECISION_HINT': 'f32'})
photos = np.load("photos.npz")
np.savez("paintings.npz", **{name: compiled(photos[name])["painting"].copy() for name in photos})
layers = [node.get_rt_info() for node in compiled.get_runtime_model().get_ops()]
print(*(one["primitiveType"].value for one in layers if "Convolution" in one["layerType"].value))
"""


@pytest.fixture(scope="module")
def network():
    return load_style(STYLE)[0].requires_grad_(False)


@pytest.fixture(scope="module")
def small_photos() -> PhotoSets:
    """Parts of the bundled photos, which take a tenth of the time."""
    photos = bundled_photos()
    return PhotoSets(
        tuple(photo[-150:, :150] for photo in photos.calibration),
        tuple(photo[60:173, 80:209] for photo in photos.measuring),
    )


@pytest.fixture(scope="module")
def exported(tmp_path_factory) -> Path:
    output = tmp_path_factory.mktemp("int8") / "style.xml"
    arguments = ["export", "--checkpoint", str(STYLE), "--format", "openvino", "--int8", "--output", str(output)]
    assert main(arguments) == 0
    return output


def as_tensor(pixels: np.ndarray) -> torch.Tensor:
    return torch.tensor(pixels).permute(2, 0, 1)[None].float() / 255


def as_pixels(paintings: torch.Tensor) -> list[np.ndarray]:
    return list((paintings * 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy())


def paint_alone(path: Path, photos: list[torch.Tensor]) -> tuple[list[torch.Tensor], str]:
    """Paint in a process that does not see this project; the second is what it printed."""
    np.savez(path.parent / "photos.npz", **{str(index): photo.numpy() for index, photo in enumerate(photos)})
    command = [sys.executable, "-I", "-c", ALONE, path.name]
    done = subprocess.run(command, cwd=path.parent, check=True, stdout=subprocess.PIPE, text=True)
    with np.load(path.parent / "paintings.npz") as paintings:
        return [torch.from_numpy(paintings[str(index)]) for index in range(len(photos))], done.stdout


def test_it_keeps_the_looks_at_any_shape_without_this_project(exported, network):
    cat, photographer = (as_tensor(photo) for photo in bundled_photos().measuring)
    photos = [
        cat[:, :, :131, 40:297],
        torch.cat([photographer[:, :, 30:191, 50:153], cat[:, :, 30:191, 50:153], cat[:, :, 30:191, 51:154]]),
        photographer[:, :, 120:182, 150:167],
        photographer[:, :, 150:166, 150:166],
        torch.cat([cat[:, :, 30:94, 10:106]] * 2),
    ]
    photos = [photo.contiguous() for photo in photos]
    paintings, kernels = paint_alone(exported, photos)
    for photo, painting in zip(photos, paintings, strict=True):
        assert painting.shape == photo.shape
        assert painting.dtype == torch.float32
        assert 0 <= painting.min() <= painting.max() <= 1
        wanted = stylize_tensor(network, photo)
        measured = deviation_of(list(zip(as_pixels(wanted), as_pixels(painting), strict=True)))
        assert measured.is_small, (photo.shape, str(measured))
        assert measured.mean_absolute_error > 0.1  # it is not float32
    # One photo twice in a batch is painted twice the same.
    assert torch.equal(paintings[4][0], paintings[4][1])
    assert len(kernels.split()) == 16
    assert all(kernel.endswith("I8") for kernel in kernels.split()), kernels


def test_it_is_a_quarter_as_large_and_holds_int8(exported, network, tmp_path):
    write_openvino(network, ABOUT, tmp_path / "float32.xml")
    share = exported.with_suffix(".bin").stat().st_size / (tmp_path / "float32.bin").stat().st_size
    assert 0.2 < share < 0.3
    stored = re.findall(r'<data element_type="(\w+)" shape="([\d, ]*)"', exported.read_text())
    weights = [shape for kind, shape in stored if kind == "i8"]
    assert len(weights) == 16
    assert weights[0] == "32, 3, 9, 9"
    floats = [[int(side) for side in shape.split(", ") if side] for kind, shape in stored if kind == "f32"]
    assert max(np.prod(shape) for shape in floats) <= 256  # scales and ranges of channels


def test_it_says_what_it_is_and_how_far_it_deviates(exported, small_photos, network, tmp_path):
    model = openvino_core().read_model(exported)
    facts = {key: model.get_rt_info(["easel", key]).value for key in ("style", "precision", "deviation", "input")}
    assert facts["style"] == "udnie"
    assert facts["precision"] == "int8"
    assert "image: float32" in facts["input"]
    assert re.fullmatch(r"from float32: 0\.\d\d/255 on average, PSNR .* \(worst of 2 photos: .*\)", facts["deviation"])
    kept = export_int8(network, ABOUT, tmp_path / "small.xml", small_photos).agreement.on_photos
    model = openvino_core().read_model(tmp_path / "small.xml")
    assert model.get_rt_info(["easel", "deviation"]).value == f"from float32: {kept}"
    for place in (ROOT, tmp_path, Path.home()):
        assert str(place).encode() not in exported.read_bytes()


def test_the_graph_is_exact_where_nothing_is_quantised(network):
    """So what an int8 file deviates by is quantisation alone."""
    weights = read_weights(STYLE)
    paint = open_openvino(build_portable_model(weights, {}))
    for width, height, batch in ((57, 33, 2), (16, 19, 1)):
        photos = torch.cat([image_to_tensor(picture(width, height, seed=seed)) for seed in range(batch)])
        assert (paint(photos) - stylize_tensor(network, photos)).abs().max() < 1e-4


def save_spoilt_by_int8(path: Path) -> None:
    """A style with two large weights that take each other off, beside which the others round to nothing in int8."""
    network = load_style(STYLE)[0].requires_grad_(False)
    for values in (network.conv5.weight, network.conv5.bias, network.in5.weight, network.in5.bias):
        values[1] = values[0]
    network.conv_out.weight[:, 0, 4, 4] += 20
    network.conv_out.weight[:, 1, 4, 4] -= 20
    save_style_file(path, network, StyleMetadata())


def test_a_style_that_int8_spoils_is_refused_with_the_numbers(tmp_path, photos, capsys):
    save_spoilt_by_int8(tmp_path / "spoilt.safetensors")
    output = tmp_path / "out" / "style.xml"
    arguments = ["export", "--checkpoint", str(tmp_path / "spoilt.safetensors"), "--format", "openvino"]
    arguments += ["--output", str(output)]
    assert main(arguments) == 0  # in float32 nothing is wrong with it
    before = {file: file.read_bytes() for file in output.parent.iterdir()}
    capsys.readouterr()
    assert main([*arguments, "--int8", "--photos", str(photos), "--json"]) == 1
    out, err = capsys.readouterr()
    answer = json.loads(out)
    assert (answer["ok"], answer["files"], len(answer["deviations"])) == (False, [], 4)
    measured = Deviation(**answer["on_photos"])
    assert measured.photos == 3
    assert measured.worst_mean_absolute_error > MAX_MEAN_ABSOLUTE_ERROR
    assert err == (
        f"error: int8 deviates too far from float32 for this style: {measured}. Allowed are 3/255 and SSIM 0.97: "
        "leave --int8 out. Nothing was kept.\n"
    )
    assert {file: file.read_bytes() for file in output.parent.iterdir()} == before


def test_photos_of_ones_own_are_found_and_measured_with(tmp_path, capsys):
    for index, photo in enumerate((*bundled_photos().calibration, *bundled_photos().measuring)):
        Image.fromarray(photo[60:140, 60:170]).save(tmp_path / f"{index}.png")
    output = tmp_path / "out" / "style.xml"
    arguments = ["export", "--checkpoint", str(STYLE), "--format", "openvino", "--output", str(output)]
    assert main([*arguments, "--int8", "--photos", str(tmp_path), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["ok"], answer["precision"]) == (True, "int8")
    assert answer["allowed"] == {"mean_absolute_error": 3, "ssim": 0.97}
    assert "tolerance" not in answer
    measured = Deviation(**answer["on_photos"])
    assert measured.photos == 3
    assert measured.is_small
    assert all(one["mean"] * 255 <= MAX_MEAN_ABSOLUTE_ERROR for one in answer["deviations"])
    assert [Path(file["path"]) for file in answer["files"]] == [output.with_suffix(".bin"), output]


def test_a_file_that_takes_one_photo_alone_is_not_kept(network, small_photos, tmp_path):
    def write_for_one(path: Path) -> None:
        model = build_portable_model(read_weights(STYLE), {})
        model.reshape([1, 3, -1, -1])
        openvino.save_model(model, path)

    files = [tmp_path / "style.bin", tmp_path / "style.xml"]
    check = Int8Check(network, small_photos.measuring)
    with pytest.raises(ExportError, match="does not run"):
        keep_if_it_agrees(write_for_one, open_openvino, network, files, check.check)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda painting: painting.flip(0),
        lambda painting: painting.roll(1, 3),
        lambda painting: painting[:, :, 1:],
        lambda painting: painting * torch.nan,
    ],
    ids=["another of the batch", "one pixel aside", "one row less", "NaN"],
)
def test_a_painting_out_of_place_is_refused(spoil, network, small_photos):
    """What rounding is allowed hides no mistake of the graph."""
    check = Int8Check(network, small_photos.measuring)
    paint = open_openvino(build_portable_model(read_weights(STYLE), {}))
    assert max(one.mean for one in check.check(paint, network).deviations) < 1e-4
    with pytest.raises(Disagreement, match="Nothing was kept") as refusal:
        check.check(lambda photos: spoil(paint(photos)), network)
    assert refusal.value.code == "int8_deviates"
    assert len(refusal.value.agreement.deviations) == 4
