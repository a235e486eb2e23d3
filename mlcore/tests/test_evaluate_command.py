from __future__ import annotations

import io
import json

import pytest
from PIL import Image

from mlcore.cli import build_parser, run_command
from mlcore.commands.console import Console


@pytest.fixture
def evaluate(style_file, photos, painting, vgg16_weights):
    def run(*arguments: object) -> tuple[int, str, str]:
        command = ["evaluate", "--cpu", "--checkpoint", style_file, "--photos", photos, "--style-image", painting]
        command += ["--loss-network", "vgg16", "--loss-weights", vgg16_weights, "--image-size", 32, *arguments]
        console = Console(io.StringIO(), io.StringIO())
        options = vars(build_parser().parse_args([str(argument) for argument in command]))
        status = run_command(options.pop("command"), options, console)
        return status, console.out.getvalue(), console.err.getvalue()

    return run


def test_every_photo_has_a_line_and_the_figures_are_written(evaluate, tmp_path):
    status, out, err = evaluate("--json", tmp_path / "figures.json", "--output", tmp_path / "pairs")
    assert status == 0
    figures = json.loads((tmp_path / "figures.json").read_text())
    lines = out.splitlines()
    assert [line.split()[0] for line in lines[1:7]] == [one["photo"] for one in figures["photos"]]
    assert figures["photos"][5]["photo"] == "more/5.png"
    summary = figures["summary"]
    assert summary["photos"] == 6
    assert summary["style_ratio"] == pytest.approx(summary["style_distance"] / summary["photo_style_distance"])
    assert f"ratio {summary['style_ratio']:.4f}" in out
    assert f"SSIM to photo    {summary['ssim']:.3f}" in out
    assert "middle squares of 32×32 pixels, vgg16; all terms unweighted" in out
    assert (figures["step"], figures["loss_network"], figures["image_size"]) == (7, "vgg16", 32)
    assert len(figures["checkpoint_sha256"]) == 64
    assert "6/6" in err

    with Image.open(tmp_path / "pairs" / "more" / "5.jpg") as pair:
        assert pair.size == (64, 32)
    with Image.open(tmp_path / "pairs" / "contact_sheet.jpg") as sheet:
        assert sheet.size == (3 * 64 + 2 * 8, 2 * 32 + 8)


def test_without_the_options_nothing_is_written(evaluate, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    assert evaluate()[0] == 0
    assert sorted(tmp_path.rglob("*")) == before


def test_a_damaged_photo_is_left_out_and_the_status_says_so(evaluate, photos):
    (photos / "0.png").write_bytes(b"broken")
    status, out, err = evaluate()
    assert status == 1
    assert "over 5 photos" in out
    assert "left out:" in err
    assert "0.png" in err


def test_a_folder_without_photos_is_wrong_usage(evaluate, tmp_path):
    status, _, err = evaluate("--photos", tmp_path / "absent")
    assert status == 2
    assert "--photos" in err


def test_a_size_too_small_to_measure_is_wrong_usage(evaluate):
    assert evaluate("--image-size", 16)[0] == 2
