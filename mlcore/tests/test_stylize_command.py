"""What the stylize command does with one photo and with wrong options."""

from __future__ import annotations

import pytest
from PIL import Image

from mlcore.commands.stylize_plan import plan
from mlcore.errors import ConfigError
from mlcore.painting_file import read_provenance
from mlcore.photo_file import read_photo
from mlcore.tests.pictures import difference, picture
from mlcore.tests.stylizing import files, size, stylize


def test_a_file_becomes_a_file_of_the_wanted_size(style_file, photos, tmp_path):
    target = tmp_path / "new" / "painted.png"
    status, out, err = stylize(
        "--checkpoint", style_file, "--input", photos / "4.png", "--output", target, "--image-size", 32
    )
    assert (status, out) == (0, f"{target}\n")
    assert size(target) == (32, 24)
    assert "100%" in err
    assert "images/s" in err


def test_original_keeps_the_size_and_a_folder_takes_the_photos_name(style_file, photos, tmp_path):
    status, _, _ = stylize(
        "--checkpoint", style_file, "--input", photos / "3.png", "--output", tmp_path, "--image-size", "original"
    )
    assert status == 0
    assert size(tmp_path / "3.jpg") == (63, 48)


@pytest.mark.parametrize("name", ["jpeg", "png", "webp"])
def test_a_format_decides_kind_and_name_in_a_folder(name, style_file, photos, tmp_path):
    out = tmp_path / "out"
    arguments = ["--checkpoint", style_file, "--input", photos / "more", "--output", out, "--image-size", 16]
    assert stylize(*arguments, "--format", name)[0] == 0
    assert files(out) == [{"jpeg": "5.jpg"}.get(name, f"5.{name}")]
    with Image.open(out / files(out)[0]) as image:
        assert image.format == name.upper()


def test_strength_colours_brush_and_quality_change_the_painting(style_file, photos, tmp_path):
    def paint(name, *options):
        target = tmp_path / name
        arguments = ["--checkpoint", style_file, "--input", photos / "0.png", "--output", target, "--image-size", 48]
        assert stylize(*arguments, *options)[0] == 0
        return read_photo(target).image

    photo = read_photo(photos / "0.png", longest_side=48).image
    painting = paint("whole.png")
    half = paint("half.png", "--strength", 0.5)
    assert difference(paint("none.png", "--strength", 0), photo) == 0
    assert difference(half, Image.blend(photo, painting, 0.5)) < 1
    assert difference(half, painting) > 2
    assert difference(paint("colours.png", "--keep-colors"), painting) > 2
    assert difference(paint("broad.png", "--brush", 2), painting) > 2
    paint("high.jpg", "--quality", 95)
    paint("low.jpg", "--quality", 5)
    assert (tmp_path / "low.jpg").stat().st_size < (tmp_path / "high.jpg").stat().st_size
    recorded = read_provenance(tmp_path / "low.jpg").options
    assert (recorded["quality"], recorded["size"], recorded["format"]) == (5, 48, "JPEG")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"--input": "absent.jpg"}, "check --input"),
        ({"--input": "empty"}, "holds no"),
        ({"--output": "photos/0.png"}, "overwrite the photo"),
        ({"--input": "photos", "--output": "painting.png"}, "--output must be one too"),
        ({"--output": "out.tiff"}, "must end in"),
        ({"--output": "out.png", "--format": "jpeg"}, "--format jpeg does not go with"),
        ({"--strength": "1.5"}, "--strength"),
        ({"--strength": "nan"}, "--strength"),
        ({"--brush": "9"}, "--brush"),
        ({"--quality": "101"}, "--quality"),
        ({"--input": None}, "--input is missing"),
        ({"--output": None}, "--output is missing"),
        ({"--checkpoint": None}, "--checkpoint is missing"),
        ({"--checkpoint": "empty"}, "no style file"),
    ],
)
def test_wrong_usage_is_two_and_one_line(change, words, style_file, photos, painting, tmp_path):
    (tmp_path / "empty").mkdir()
    options = {"--checkpoint": style_file.name, "--input": "photos/0.png", "--output": "out.jpg"} | change
    paths = {"--checkpoint", "--input", "--output"}
    arguments = [
        text
        for option, value in options.items()
        if value is not None
        for text in (option, tmp_path / value if option in paths else value)
    ]
    before = files(tmp_path)
    status, out, err = stylize(*arguments)
    assert (status, out) == (2, "")
    assert words in err
    assert len(err.splitlines()) == 1
    assert files(tmp_path) == before


def test_a_checkpoint_that_is_none_is_one_line(photos, tmp_path):
    status, _, err = stylize("--checkpoint", photos / "0.png", "--input", photos, "--output", tmp_path / "out")
    assert status == 1
    assert err.startswith("error: 0.png is neither")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("text", ["0", "-3", "99999", "big", "1.5"])
def test_sizes_that_make_no_sense_are_wrong_usage(text, capsys):
    with pytest.raises(SystemExit) as caught:
        stylize("--checkpoint", "a", "--input", "b", "--output", "c", "--image-size", text)
    assert caught.value.code == 2
    assert "--image-size" in capsys.readouterr().err


def test_photos_that_differ_only_in_their_ending_are_all_kept(tmp_path):
    for name in ("a.jpg", "a.png", "b.png", "a.jpg.png"):
        picture(8, 8).save(tmp_path / name)
    planned = plan(tmp_path, tmp_path / "out")
    assert {photo.name: target.name for photo, target in planned} == {
        "a.jpg": "a.jpg.jpg",
        "a.jpg.png": "a.jpg.png.jpg",
        "a.png": "a.png.jpg",
        "b.png": "b.jpg",
    }


def test_paintings_of_an_earlier_run_are_no_photos(tmp_path):
    (tmp_path / "out").mkdir()
    for name in ("a.jpg", "out/a.jpg"):
        picture(8, 8).save(tmp_path / name)
    assert plan(tmp_path, tmp_path / "out") == [(tmp_path / "a.jpg", tmp_path / "out" / "a.jpg")]


def test_painting_a_folder_into_itself_is_refused(tmp_path):
    picture(8, 8).save(tmp_path / "a.jpg")
    with pytest.raises(ConfigError, match="overwrite"):
        plan(tmp_path, tmp_path)
