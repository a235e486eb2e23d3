from __future__ import annotations

import io
import json

import pytest
from PIL import Image

from mlcore.checkpoint import save_style_file
from mlcore.cli import build_parser, run_command
from mlcore.commands.console import Console
from mlcore.style_metadata import StyleMetadata


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
    assert "middle squares of 32×32 pixels, the painting's of 32, vgg16" in out
    assert (figures["step"], figures["loss_network"], figures["image_size"]) == (7, "vgg16", 32)
    assert len(figures["checkpoint_sha256"]) == 64
    assert "6/6" in err

    with Image.open(tmp_path / "pairs" / "more" / "5.jpg") as pair:
        assert pair.size == (64, 32)
    with Image.open(tmp_path / "pairs" / "contact_sheet.jpg") as sheet:
        assert sheet.size == (3 * 64 + 2 * 8, 2 * 32 + 8)


def test_the_objective_has_the_default_weights_where_the_style_says_nothing(evaluate, tmp_path):
    assert evaluate("--json", tmp_path / "figures.json")[0] == 0
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["objective"] == {
        "content_weight": 1.0,
        "style_weight": 1e6,
        "tv_weight": 1e-6,
        "sources": ["default"] * 3,
    }
    for one in [*figures["photos"], figures["summary"]]:
        assert one["weighted_content"] == pytest.approx(one["content_loss"])
        assert one["weighted_style"] == pytest.approx(1e6 * one["style_distance"])
        assert one["weighted_tv"] == pytest.approx(1e-6 * one["tv_loss"])
        terms = one["weighted_content"] + one["weighted_style"] + one["weighted_tv"]
        assert one["objective"] == pytest.approx(terms)
    assert "gatys" not in figures


def test_the_objective_is_that_of_the_styles_recipe_unless_told_otherwise(evaluate, network, style_file, tmp_path):
    recipe = {"content_weight": 2.0, "style_weight": 7e4, "tv_weight": "much", "style_size": 40}
    save_style_file(style_file, network, StyleMetadata(config=recipe))
    status, out, _ = evaluate("--content-weight", 0.5, "--json", tmp_path / "figures.json")
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert status == 0
    assert figures["objective"] == {
        "content_weight": 0.5,
        "style_weight": 7e4,
        "tv_weight": 1e-6,
        "sources": ["given", "recipe", "default"],
    }
    assert "0.5·content (given) + 70000·style (recipe) + 1e-06·TV (default)" in out
    assert figures["style_size"] == 40
    assert evaluate("--style-size", 36, "--json", tmp_path / "figures.json")[0] == 0
    assert json.loads((tmp_path / "figures.json").read_text())["style_size"] == 36


def test_a_network_is_held_against_optimisation(evaluate, photos, tmp_path):
    options = ("--style-weight", 1e4, "--gatys", 21, "--gatys-photos", 2, "--json", tmp_path / "figures.json")
    status, out, err = evaluate(*options)
    figures = json.loads((tmp_path / "figures.json").read_text())
    gatys = figures["gatys"]
    assert status == 0
    assert [one["photo"] for one in gatys["photos"]] == ["0.png", "3.png"]
    objectives = {one["photo"]: one["objective"] for one in figures["photos"]}
    for one in gatys["photos"]:
        assert one["network"] == objectives[one["photo"]]
        assert len(one["curve"]) == 21
        assert list(one["objective_at"]) == ["1", "5", "10", "20", "21"]
        assert one["curve"][20] < one["curve"][0] / 10
        matching = one["matching_evaluation"]
        assert matching > 1
        assert one["curve"][matching - 1] <= one["network"] < one["curve"][matching - 2]
        assert one["ratio_at_20"] == one["network"] / one["curve"][19] > 1  # the network is not trained
    mean = gatys["mean"]
    assert mean["network"] == pytest.approx(sum(one["network"] for one in gatys["photos"]) / 2)
    assert mean["curve"][7] == pytest.approx(sum(one["curve"][7] for one in gatys["photos"]) / 2)
    assert f"worth {mean['matching_evaluation']} evaluations" in out
    assert f"is {mean['ratio_at_20']:.3f} times that after 20 evaluations" in out
    assert "42/42" in err


def test_a_network_better_than_the_optimisation_is_matched_by_none(evaluate, tmp_path):
    status, out, _ = evaluate("--gatys", 1, "--gatys-photos", 1, "--style-weight", 0, "--json", tmp_path / "f.json")
    assert status == 0
    mean = json.loads((tmp_path / "f.json").read_text())["gatys"]["mean"]
    # An untrained network keeps more of the photo than noise does.
    assert (mean["matching_evaluation"], mean["ratio_at_20"]) == (None, None)
    assert "more than 1 evaluation" in out
    assert ">1" in out


@pytest.mark.parametrize(
    "wrong",
    [("--gatys", "-1"), ("--gatys", "some"), ("--gatys-photos", "0"), ("--style-weight", "-1"), ("--tv-weight", "nan")],
)
def test_options_that_make_no_sense_are_wrong_usage(evaluate, wrong, capsys):
    with pytest.raises(SystemExit) as caught:
        evaluate(*wrong)
    assert caught.value.code == 2
    assert wrong[0] in capsys.readouterr().err


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
    for option in ("--image-size", "--style-size"):
        status, _, err = evaluate(option, 16)
        assert status == 2
        assert option in err
