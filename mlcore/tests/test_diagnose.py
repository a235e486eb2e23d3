from __future__ import annotations

import io

import pytest
from PIL import Image
from safetensors.torch import load_file, save_file

from mlcore.cli import build_parser, run_command
from mlcore.commands.console import Console
from mlcore.diagnose import OverfitStep, diagnose
from mlcore.image_findings import examine_image
from mlcore.tests.pictures import picture


@pytest.fixture
def good_photo(tmp_path):
    path = tmp_path / "photo.jpg"
    picture(300, 280).save(path)
    return path


@pytest.fixture
def good_painting(tmp_path):
    path = tmp_path / "art.jpg"
    picture(300, 280, seed=9).save(path)
    return path


@pytest.fixture
def command(good_photo, good_painting, vgg16_weights):
    def run(*arguments: object, content=good_photo, style=good_painting) -> tuple[int, str, str]:
        words = ["diagnose", content, style, "--cpu", "--loss-network", "vgg16", "--loss-weights", vgg16_weights]
        words += ["--image-size", 32, "--steps", 20, *arguments]
        console = Console(io.StringIO(), io.StringIO())
        options = vars(build_parser().parse_args([str(word) for word in words]))
        status = run_command(options.pop("command"), options, console)
        return status, console.out.getvalue(), console.err.getvalue()

    return run


def levels(path, what="photo"):
    return [(finding.level, finding.text) for finding in examine_image(path, what)]


def test_all_well(command):
    status, out, err = command()
    assert status == 0, out
    topics = [line.split(":")[0].split()[1] for line in out.splitlines() if line.startswith("ok")]
    assert topics == ["device", "versions", "photo", "style", "loss", "losses", "gradients", "overfit"]
    assert "photo.jpg: JPEG, RGB, 300×280 (0.1 megapixels)" in out
    assert "content" in out
    assert "(weights 1, 1e+06, 1e-06)" in out
    assert out.splitlines()[-1].startswith("Verdict: training works here")
    assert "20/20" in err


def test_a_damaged_picture_is_a_problem_and_the_rest_is_still_looked_at(command, tmp_path):
    (tmp_path / "bad.jpg").write_bytes(b"not a picture")
    status, out, _ = command(content=tmp_path / "bad.jpg")
    assert status == 1
    assert "PROBLEM  photo:" in out
    assert "ok       loss network: vgg16" in out
    assert "Problems: 1" in out.splitlines()[-1]


def test_missing_loss_weights_are_a_problem_that_says_what_to_give(command, tmp_path):
    status, out, _ = command("--loss-weights", tmp_path / "absent.safetensors")
    assert status == 1
    assert "PROBLEM  loss network" in out
    assert "--loss-weights" in out


def test_damaged_loss_weights_are_found_before_they_train_anything(command, vgg16_weights, tmp_path):
    state = load_file(vgg16_weights)
    state["features.0.weight"] *= float("inf")
    save_file(state, tmp_path / "broken.safetensors")
    status, out, _ = command("--loss-weights", tmp_path / "broken.safetensors")
    assert status == 1
    assert "PROBLEM  losses" in out
    assert "overfit" not in out


def test_a_loss_that_does_not_fall_is_a_problem(command):
    status, out, _ = command("--steps", 2)
    assert status == 1
    assert "PROBLEM  overfit: 2 steps on this pair" in out
    assert "--steps" in out


@pytest.mark.parametrize("arguments", [("--image-size", 30), ("--image-size", 16), ("--steps", 1)])
def test_options_that_cannot_work_are_wrong_usage(command, arguments):
    assert command(*arguments)[0] == 2


def test_findings_come_while_it_runs_and_nothing_is_printed(good_photo, good_painting, vgg16_weights, capfd):
    events = list(
        diagnose(
            good_photo,
            good_painting,
            loss_network="vgg16",
            loss_weights=vgg16_weights,
            image_size=32,
            steps=3,
            cpu=True,
        )
    )
    assert [event.step for event in events if isinstance(event, OverfitStep)] == [1, 2, 3]
    assert events[-1].topic == "overfit"
    assert capfd.readouterr() == ("", "")


def test_a_good_picture_is_just_a_fact(good_photo):
    assert [level for level, _ in levels(good_photo)] == ["fact"]


@pytest.mark.parametrize(("side", "level"), [(40, "problem"), (200, "warning")])
def test_small_pictures(side, level, tmp_path):
    picture(side + 20, side).save(tmp_path / "a.png")
    assert levels(tmp_path / "a.png")[1:] == [(level, f"The photo is {side} pixels on its shorter side.")]


def test_grey_transparent_and_flat_pictures(tmp_path):
    picture(300, 300).convert("L").save(tmp_path / "grey.png")
    assert levels(tmp_path / "grey.png", "style image")[1:] == [("warning", "The style image has no colours.")]
    see_through = picture(300, 300)
    see_through.putalpha(100)
    see_through.save(tmp_path / "transparent.png")
    assert ("warning", "The photo has transparent parts, which are laid on white.") in levels(
        tmp_path / "transparent.png"
    )
    Image.new("RGB", (300, 300), "teal").save(tmp_path / "flat.png")
    assert levels(tmp_path / "flat.png")[1:] == [("problem", "The photo is nearly one flat colour.")]


def test_a_strip_is_warned_of(tmp_path):
    picture(2000, 300).save(tmp_path / "strip.png")
    assert [level for level, text in levels(tmp_path / "strip.png") if "strip" in text] == ["fact", "warning"]
