"""The stylize command as a program: bytes in and out, and what Ctrl-C leaves."""

from __future__ import annotations

import io
import signal

import pytest
from PIL import Image

from mlcore.painting_file import read_provenance
from mlcore.tests.pictures import picture
from mlcore.tests.stylizing import files, start_stylize, stylize


def test_a_photo_goes_in_and_its_painting_comes_out_and_nothing_else(style_file, photos):
    arguments = ["--checkpoint", style_file, "--input", "-", "--output", "-", "--image-size", "40", "--format", "png"]
    child = start_stylize(*arguments)
    out, err = child.communicate((photos / "2.png").read_bytes(), timeout=120)
    assert child.returncode == 0, err
    with Image.open(io.BytesIO(out)) as image:
        image.load()
        assert (image.format, image.size) == ("PNG", (40, 31))
    assert out.endswith(b"IEND\xaeB`\x82")
    assert read_provenance(out).options["size"] == 40
    assert b"100%" in err


def test_a_damaged_photo_on_standard_input_is_told_and_gives_no_bytes(style_file):
    child = start_stylize("--checkpoint", style_file, "--input", "-", "--output", "-", "--image-size", "40")
    out, err = child.communicate(b"no picture", timeout=120)
    assert (child.returncode, out) == (1, b"")
    assert b"failed: standard input: The file is not an image" in err
    assert b"Traceback" not in err


def test_a_reader_that_goes_away_is_told(style_file, photos):
    child = start_stylize("--checkpoint", style_file, "--input", photos / "2.png", "--output", "-", "--image-size", 40)
    child.stdout.close()
    err = child.stderr.read().decode()
    assert child.wait(timeout=120) == 1
    assert "Broken pipe" in err
    assert "Exception ignored" not in err
    child.stdin.close()
    child.stderr.close()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--input", "photos", "--output", "-"], "--output - takes one painting"),
        (["--input", "photos/0.png", "--output", "-", "--json"], "--json and --output -"),
        (["--input", "-", "--output", "photos"], "must be a file or -"),
        (["--input", "-", "--output", "a.png", "--all-styles", "files"], None),
    ],
)
def test_streams_that_cannot_work_are_wrong_usage(arguments, words, style_file, photos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if words is None:
        (tmp_path / "other.safetensors").write_bytes(style_file.read_bytes())
        arguments, words = [*arguments, "--checkpoint", "other.safetensors"], "2 styles give 2 files"
    status, out, err = stylize("--checkpoint", style_file, *arguments)
    assert (status, out) == (2, "")
    assert words in err


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_whole_files_and_goes_on_later(how, style_file, tmp_path):
    photos, out_dir = tmp_path / "many", tmp_path / "out"
    photos.mkdir()
    for index in range(16):
        picture(240, 200, seed=index).save(photos / f"{index:02}.png")
    arguments = ["--checkpoint", style_file, "--input", photos, "--output", out_dir, "--image-size", 160]
    child = start_stylize(*arguments)
    try:
        assert child.stdout.readline()
        child.send_signal(how)
        out, err = child.communicate(timeout=120)
    finally:
        child.kill()
    assert child.returncode == 130, err
    assert b"Traceback" not in err
    there = files(out_dir)
    assert 0 < len(there) < 16
    assert f"Stopped with {16 - len(there)} of 16 left" in err.decode()
    assert len(out.splitlines()) + 1 == len(there)
    for name in there:
        with Image.open(out_dir / name) as image:
            image.load()
            assert image.size == (160, 133)
    for name in [f"{index:02}.png" for index in range(15)]:
        if name.replace("png", "jpg") not in there:
            (photos / name).unlink()  # one to go on with is enough
    status, out, err = stylize(*arguments)
    assert (status, out) == (0, f"{out_dir / '15.jpg'}\n")
    assert err.count("there already: ") == len(there)
