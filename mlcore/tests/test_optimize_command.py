from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from mlcore.cli import build_parser, run_command
from mlcore.commands.console import Console
from mlcore.tests.pictures import difference

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def command(photos, painting, vgg16_weights, tmp_path):
    """Return the command's words; options that come later replace those before."""

    def make(*arguments: object) -> list[str]:
        words = ["optimize", "--cpu", "--content", photos / "0.png", "--style-image", painting]
        words += ["--output", tmp_path / "new" / "out.png", "--loss-network", "vgg16", "--loss-weights", vgg16_weights]
        words += ["--image-size", 48, "--style-size", 32, "--evaluations", 4, "--style-weight", 1e4, *arguments]
        return [str(word) for word in words]

    return make


def optimize(words: list[str]) -> tuple[int, str, str]:
    console = Console(io.StringIO(), io.StringIO())
    options = vars(build_parser().parse_args(words))
    status = run_command(options.pop("command"), options, console)
    return status, console.out.getvalue(), console.err.getvalue()


def test_a_photo_becomes_a_picture_of_the_wanted_size(command, photos, tmp_path):
    status, out, err = optimize(command())
    assert (status, out) == (0, f"{tmp_path / 'new' / 'out.png'}\n")
    assert "evaluation 4/4" in err
    assert "100%" in err
    assert "4 of 4 evaluations" in err
    with Image.open(photos / "0.png") as photo, Image.open(tmp_path / "new" / "out.png") as painted:
        assert painted.size == (48, 38)  # the photo's 60×48
        assert 1 < difference(painted, photo.resize(painted.size, Image.Resampling.LANCZOS)) < 60


def test_half_the_size_comes_first_unless_not_wanted(command, tmp_path):
    def picture(*options: object) -> Image.Image:
        target = tmp_path / "out.png"
        assert optimize(command("--image-size", 80, "--style-size", 64, "--output", target, *options))[0] == 0
        with Image.open(target) as image:
            return image.copy()

    assert picture().size == (80, 64)
    assert difference(picture(), picture("--full-size-only")) > 1


def test_noise_is_fixed_by_the_seed(command, tmp_path):
    def picture(seed: int) -> bytes:
        target = tmp_path / "out.png"
        assert optimize(command("--start", "noise", "--seed", seed, "--output", target))[0] == 0
        return target.read_bytes()

    first = picture(1)
    assert first == picture(1)
    assert first != picture(2)


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        (("--content", "absent.jpg"), 2, "check --content"),
        (("--style-image", "absent.jpg"), 2, "check --style-image"),
        (("--output", "photos"), 1, "must end in"),
        (("--output", "photos/0.png"), 2, "overwrite"),
        (("--output", "painting.png"), 2, "overwrite"),
        (("--output", "folder.png"), 2, "folder"),
        (("--content", "broken.png"), 1, "broken.png"),
        (("--content", "sliver.png"), 2, "shorter side"),
    ],
)
def test_wrong_files_are_told_before_the_loss_network_is_loaded(change, status, words, command, tmp_path):
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "broken.png").write_bytes(b"not a picture")
    Image.new("RGB", (400, 20)).save(tmp_path / "sliver.png")
    option, name = change
    arguments = command("--loss-weights", tmp_path / "no weights.safetensors", option, tmp_path / name)
    found, out, err = optimize(arguments)
    assert (found, out) == (status, "")
    assert words in err
    assert "no weights" not in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("--image-size", 31), "--image-size"),
        (("--style-size", 31), "--style-size"),
        (("--content-weight", 0, "--style-weight", 0, "--tv-weight", 0), "All weights are 0"),
    ],
)
def test_values_that_cannot_work_are_wrong_usage(change, words, command, tmp_path):
    status, _, err = optimize(command(*change))
    assert status == 2
    assert words in err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "change", [("--evaluations", "0"), ("--style-weight", "inf"), ("--start", "style"), ("--seed", "-1")]
)
def test_options_that_make_no_sense_are_wrong_usage(change, command, capsys):
    with pytest.raises(SystemExit) as caught:
        optimize(command(*change))
    assert caught.value.code == 2
    assert change[0] in capsys.readouterr().err


def test_an_objective_that_is_not_finite_is_one_line_of_advice(command, tmp_path):
    status, _, err = optimize(command("--style-weight", 1e39))
    assert status == 1
    assert "lower --content-weight, --style-weight" in err.splitlines()[-1]
    assert not (tmp_path / "new" / "out.png").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_the_best_picture_so_far(number, command, tmp_path):
    words = [sys.executable, "-m", "mlcore", *command("--evaluations", 100_000)]
    with subprocess.Popen(
        words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as child:
        seen = b""
        try:
            while not re.search(rb"evaluation \d+/100000", seen):
                piece = os.read(child.stderr.fileno(), 4096)
                assert piece, seen
                seen += piece
            child.send_signal(number)
            out, err = child.communicate(timeout=120)
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
    assert child.returncode == 130, err
    assert b"Traceback" not in err
    assert b"Stopped after" in err
    assert out.decode() == f"{tmp_path / 'new' / 'out.png'}\n"
    with Image.open(tmp_path / "new" / "out.png") as painted:
        assert painted.size == (48, 38)
