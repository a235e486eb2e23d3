"""Several styles at once: a file for each, or all on one sheet."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mlcore.checkpoint import save_style_file
from mlcore.painting_file import read_provenance
from mlcore.photo_file import read_photo
from mlcore.style_metadata import StyleMetadata
from mlcore.style_sheet import GAP, MIN_CELL_WIDTH, StyleSheet
from mlcore.tests.pictures import difference, picture
from mlcore.tests.stylizing import files, size, stylize
from mlcore.transformer_network import TransformerNetwork

HEADING = 26


@pytest.fixture
def styles(tmp_path):
    """A folder of three styles, and what is none."""
    folder = tmp_path / "styles"
    folder.mkdir()
    for name in ("brook", "aspen", "cloud"):
        save_style_file(folder / f"{name}.safetensors", TransformerNetwork().eval(), StyleMetadata())
    (folder / "styles.toml").write_text("")
    return folder


def test_several_styles_give_a_folder_each_and_resume(styles, photos, tmp_path):
    out = tmp_path / "out"
    chosen = ["--checkpoint", styles / "aspen.safetensors", styles / "cloud.safetensors"]
    arguments = [*chosen, "--input", photos, "--output", out, "--image-size", 16]
    status, told, _ = stylize(*arguments)
    names = ["0.jpg", "1.jpg", "2.jpg", "3.jpg", "4.jpg", "more/5.jpg"]
    assert status == 0
    assert files(out) == [f"{style}/{name}" for style in ("aspen", "cloud") for name in names]
    assert told.splitlines() == [str(out / name) for name in files(out)]
    assert difference(read_photo(out / "aspen/0.jpg").image, read_photo(out / "cloud/0.jpg").image) > 2
    assert [read_provenance(out / style / "0.jpg").style for style in ("aspen", "cloud")] == ["aspen", "cloud"]
    (out / "cloud/0.jpg").unlink()
    assert stylize(*arguments)[1] == f"{out / 'cloud/0.jpg'}\n"


@pytest.mark.parametrize("more", [[], ["--all-styles", "files"]])
def test_a_folder_of_styles_is_all_of_them(more, styles, photos, tmp_path):
    out = tmp_path / "out"
    arguments = ["--checkpoint", styles, "--input", photos / "1.png", "--output", out, "--image-size", 16]
    assert stylize(*arguments, *more)[0] == 0
    assert files(out) == ["aspen/1.jpg", "brook/1.jpg", "cloud/1.jpg"]


def test_paintings_below_the_photos_are_not_painted_again(styles, photos):
    arguments = ["--checkpoint", styles, "--input", photos, "--output", photos, "--image-size", 16]
    assert len(stylize(*arguments)[1].splitlines()) == 18
    assert stylize(*arguments)[1] == ""
    assert len(files(photos)) == 6 + 18


def test_all_styles_are_one_sheet_with_the_photo_first(styles, photos, tmp_path):
    sheet = tmp_path / "sheet.png"
    arguments = ["--checkpoint", styles, "--input", photos / "0.png", "--image-size", 100]
    status, told, _ = stylize(*arguments, "--all-styles", "--output", sheet)
    assert (status, told) == (0, f"{sheet}\n")
    assert size(sheet) == (GAP + 2 * (100 + GAP), GAP + 2 * (80 + HEADING + GAP))
    stylize(*arguments, "--output", tmp_path / "each", "--format", "png")
    expected = [read_photo(photos / "0.png", longest_side=100).image]
    expected += [read_photo(tmp_path / "each" / name / "0.png").image for name in ("aspen", "brook", "cloud")]
    picture_of = read_photo(sheet).image
    headings = []
    for place, wanted in enumerate(expected):
        row, column = divmod(place, 2)
        left, top = GAP + column * (100 + GAP), GAP + row * (80 + HEADING + GAP)
        cell = picture_of.crop((left, top + HEADING, left + 100, top + HEADING + 80))
        assert difference(cell, wanted) == 0
        headings.append(np.asarray(picture_of.crop((left, top, left + 100, top + HEADING))))
    assert all((heading < 128).any() for heading in headings)
    assert all((a != b).any() for place, a in enumerate(headings) for b in headings[:place])
    assert read_provenance(sheet).style == "aspen, brook, cloud"


def test_a_folder_of_photos_gives_a_sheet_each_and_resumes(styles, photos, tmp_path):
    out = tmp_path / "out"
    arguments = ["--checkpoint", styles, "--all-styles", "--input", photos, "--output", out, "--image-size", 16]
    assert len(stylize(*arguments)[1].splitlines()) == 6
    assert files(out)[-1] == "more/5.jpg"
    status, told, _ = stylize(*arguments, "--json")
    assert status == 0
    assert json.loads(told.splitlines()[-1])["skipped"] == 6
    (styles / "cloud.safetensors").rename(styles / "storm.safetensors")  # another heading
    assert len(stylize(*arguments)[1].splitlines()) == 6


def test_one_damaged_style_is_told_before_anything_is_painted(styles, photos, tmp_path):
    (styles / "dented.safetensors").write_bytes(b"no style")
    arguments = ["--checkpoint", styles, "--input", photos, "--output", tmp_path / "out", "--image-size", 16]
    status, told, err = stylize(*arguments)
    assert (status, told) == (1, "")
    assert "dented.safetensors" in err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("chosen", "output", "words"),
    [
        (["styles", "styles/aspen.safetensors"], "out", "two styles called 'aspen'"),
        (["styles"], "out.jpg", "--output must be a folder"),
        (["photos"], "out", "holds no style file"),
    ],
)
def test_styles_that_cannot_work_are_wrong_usage(chosen, output, words, styles, photos, tmp_path):
    paths = [tmp_path / path for path in chosen]
    status, _, err = stylize("--checkpoint", *paths, "--input", photos / "0.png", "--output", tmp_path / output)
    assert status == 2
    assert words in err


@pytest.mark.parametrize(
    ("count", "columns", "rows"), [(1, 1, 1), (2, 2, 1), (4, 2, 2), (5, 3, 2), (6, 3, 2), (7, 3, 3)]
)
def test_a_sheet_is_nearly_as_many_cells_high_as_wide(count, columns, rows):
    sheet = StyleSheet(count, (200, 50))
    assert sheet.image.size == (GAP + columns * (200 + GAP), GAP + rows * (50 + HEADING + GAP))


def test_names_stay_above_their_picture_and_narrow_pictures_in_the_middle():
    sheet = StyleSheet(2, (10, 300))
    sheet.place("a name that is far too long for such a narrow picture", picture(10, 300, seed=1))
    pixels = np.asarray(sheet.image)
    assert (pixels[:, : GAP - 1] == 255).all()
    assert (pixels[:, GAP + MIN_CELL_WIDTH + 1 :] == 255).all()
    left = GAP + (MIN_CELL_WIDTH - 10) // 2
    assert difference(sheet.image.crop((left, GAP + HEADING, left + 10, GAP + HEADING + 300)), picture(10, 300, 1)) == 0
