from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from mlcore.cli import build_parser, run_command
from mlcore.commands.console import Console
from mlcore.commands.stylize import plan
from mlcore.errors import ConfigError
from mlcore.tests.pictures import picture


def stylize(*arguments: object) -> tuple[int, str, str]:
    console = Console(io.StringIO(), io.StringIO())
    options = vars(build_parser().parse_args(["stylize", "--cpu", *map(str, arguments)]))
    status = run_command(options.pop("command"), options, console)
    return status, console.out.getvalue(), console.err.getvalue()


def size(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def test_a_file_becomes_a_file_of_the_wanted_size(style_file, photos, tmp_path):
    target = tmp_path / "new" / "painted.png"
    status, out, err = stylize(
        "--checkpoint", style_file, "--input", photos / "4.png", "--output", target, "--image-size", 32
    )
    assert (status, out) == (0, f"{target}\n")
    assert size(target) == (32, 24)
    assert "100%" in err


def test_original_keeps_the_size_and_a_folder_takes_the_photos_name(style_file, photos, tmp_path):
    status, _, _ = stylize(
        "--checkpoint", style_file, "--input", photos / "3.png", "--output", tmp_path, "--image-size", "original"
    )
    assert status == 0
    assert size(tmp_path / "3.jpg") == (63, 48)


def test_a_folder_is_mirrored_and_a_damaged_photo_does_not_stop_the_rest(style_file, photos, tmp_path):
    (photos / "1.png").write_bytes(b"not a picture")
    (photos / "notes.txt").write_text("not a photo")
    out_dir = tmp_path / "painted"
    status, out, err = stylize("--checkpoint", style_file, "--input", photos, "--output", out_dir, "--image-size", 24)
    painted = sorted(path.relative_to(out_dir).as_posix() for path in out_dir.rglob("*") if path.is_file())
    assert status == 1
    assert painted == ["0.jpg", "2.jpg", "3.jpg", "4.jpg", "more/5.jpg"]
    assert len(out.splitlines()) == 5
    assert f"failed: {photos / '1.png'} is not an image" in err
    assert "1 of 6 photos failed." in err


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"--input": "absent.jpg"}, "check --input"),
        ({"--input": "empty"}, "holds no"),
        ({"--output": "photos/0.png"}, "overwrite the photo"),
        ({"--input": "photos", "--output": "painting.png"}, "--output must be one too"),
    ],
)
def test_wrong_usage_is_two_and_one_line(change, words, style_file, photos, painting, tmp_path):
    (tmp_path / "empty").mkdir()
    options = {"--input": "photos/0.png", "--output": "out.jpg"} | change
    arguments = [text for option, path in options.items() for text in (option, tmp_path / path)]
    status, out, err = stylize("--checkpoint", style_file, *arguments)
    assert (status, out) == (2, "")
    assert words in err
    assert len(err.splitlines()) == 1


def test_an_output_that_cannot_be_written_is_told_before_painting(style_file, photos, tmp_path):
    target = tmp_path / "out.tiff"
    status, _, err = stylize("--checkpoint", style_file, "--input", photos / "0.png", "--output", target)
    assert status == 1
    assert "must end in" in err


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
    for name in ("a.jpg", "a.png", "b.png"):
        picture(8, 8).save(tmp_path / name)
    assert [target.name for _, target in plan(tmp_path, tmp_path / "out")] == ["a.jpg.jpg", "a.png.jpg", "b.jpg"]


def test_paintings_of_an_earlier_run_are_no_photos(tmp_path):
    (tmp_path / "out").mkdir()
    for name in ("a.jpg", "out/a.jpg"):
        picture(8, 8).save(tmp_path / name)
    assert plan(tmp_path, tmp_path / "out") == [(tmp_path / "a.jpg", tmp_path / "out" / "a.jpg")]


def test_painting_a_folder_into_itself_is_refused(tmp_path):
    picture(8, 8).save(tmp_path / "a.jpg")
    with pytest.raises(ConfigError, match="overwrite"):
        plan(tmp_path, tmp_path)
