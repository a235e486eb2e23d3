from __future__ import annotations

import io
import re

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
    def run(*arguments: object, content=good_photo, style=good_painting, prediction=False) -> tuple[int, str, str]:
        words = ["diagnose", content, style, "--cpu", "--loss-network", "vgg16", "--loss-weights", vgg16_weights]
        words += ["--image-size", 32, "--steps", 20, *([] if prediction else ["--no-prediction"]), *arguments]
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
    assert topics == ["device", "memory", "versions", "photo", "style", "loss", "losses", "gradients", "overfit"]
    assert re.search(r"memory: \d+\.\d GiB of \d+\.\d GiB free", out)
    assert "photo.jpg: JPEG, RGB, 300×280 (0.1 megapixels)" in out
    assert "content" in out
    assert "(weights 1, 1e+06, 1e-06)" in out
    assert out.splitlines()[-1].startswith("Verdict: training works here")
    assert "/20 [" in err  # how far it is; a quick last step may not be drawn


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


@pytest.mark.parametrize(
    "arguments", [("--image-size", 30), ("--image-size", 16), ("--steps", 1), ("--run-image-size", 30)]
)
def test_options_that_cannot_work_are_wrong_usage(command, arguments):
    assert command(*arguments)[0] == 2


def test_time_and_memory_of_a_run_are_predicted(command):
    run = ("--run-batch-size", 1, "--run-image-size", 32, "--run-max-steps", 9_000_000)
    status, out, err = command("--steps", 30, *run, prediction=True)
    assert status == 0, out
    assert "Measuring some steps" in err
    lines = out.splitlines()
    position = next(number for number, line in enumerate(lines) if " time: " in line)
    pattern = r"warning  time: \S+ s for a step of 1 photos at 32×32: 9,000,000 steps would take about \d+ (hours|days)"
    assert re.match(pattern, lines[position])
    assert "--init-from" in lines[position + 1]
    assert re.match(r"ok       memory for it: \d\.\d GiB of the \d+\.\d GiB that are free", lines[position + 2])
    assert lines[-1] == "Verdict: training works here with these pictures. Warnings: 1; see above."


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
            run=None,
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


@pytest.fixture(params=["photo", "style image"])
def found(request, tmp_path):
    """Return a function that saves a picture and gives what is wrong with it, once as photo, once as style image."""

    def look(image: Image.Image, name: str = "a.png") -> list[tuple[str, str]]:
        image.save(tmp_path / name)
        fact, *rest = examine_image(tmp_path / name, request.param)
        assert fact.level == "fact"
        assert all(finding.topic == request.param and finding.advice for finding in rest)
        return [(finding.level, finding.text.removeprefix(f"The {request.param} ")) for finding in rest]

    return look


def test_grey_pictures(found):
    assert found(picture(300, 300).convert("L")) == [("warning", "has no colours.")]


def test_flat_pictures(found):
    assert found(Image.new("RGB", (300, 300), "teal")) == [("problem", "is nearly one flat colour.")]


def test_transparent_pictures(found):
    see_through = picture(300, 300)
    see_through.putalpha(100)
    assert found(see_through) == [("warning", "has transparent parts, which are laid on white.")]


def test_an_alpha_channel_that_hides_nothing_is_not_worth_a_word(found):
    assert found(picture(300, 300).convert("RGBA")) == []


def test_a_palette_with_a_transparent_colour(found):
    see_through = picture(300, 300).quantize(16)
    see_through.info["transparency"] = 3
    assert ("warning", "has transparent parts, which are laid on white.") in found(see_through)


@pytest.mark.parametrize("what", ["photo", "style image"])
@pytest.mark.parametrize("kind", ["missing", "text", "truncated", "huge"])
def test_pictures_that_cannot_be_read_say_what_to_do(what, kind, tmp_path, monkeypatch):
    path = tmp_path / "bad.jpg"
    picture(300, 280).save(path)
    if kind == "missing":
        path.unlink()
    elif kind == "text":
        path.write_text("not a picture")
    elif kind == "truncated":
        path.write_bytes(path.read_bytes()[:3000])
    else:
        monkeypatch.setattr("mlcore.photo_formats.MAX_PIXELS", 10_000)
    (finding,) = examine_image(path, what)
    assert (finding.level, finding.topic) == ("problem", what)
    words = {"missing": "Give the path", "text": "Save it again", "truncated": "Save it again", "huge": "smaller copy"}
    assert words[kind] in finding.advice


def test_a_strip_is_warned_of(tmp_path):
    picture(2000, 300).save(tmp_path / "strip.png")
    assert [level for level, text in levels(tmp_path / "strip.png") if "strip" in text] == ["fact", "warning"]
