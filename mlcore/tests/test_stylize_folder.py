"""A folder of photos: mirrored, resumed, and not stopped by what fails."""

from __future__ import annotations

import json

import pytest

from mlcore.checkpoint import save_style_file
from mlcore.painting_file import read_provenance
from mlcore.style_metadata import StyleMetadata
from mlcore.tests.pictures import picture
from mlcore.tests.stylizing import files, size, stylize
from mlcore.transformer_network import TransformerNetwork

ALL = ["0.jpg", "1.jpg", "2.jpg", "3.jpg", "4.jpg", "more/5.jpg"]


@pytest.fixture
def out_dir(tmp_path):
    return tmp_path / "painted"


@pytest.fixture
def paint(style_file, photos, out_dir):
    """Paint the folder; later options override."""
    return lambda *more: stylize(
        "--checkpoint", style_file, "--input", photos, "--output", out_dir, "--image-size", 24, *more
    )


def contents(folder):
    return {name: (folder / name).read_bytes() for name in files(folder)}


def test_a_folder_is_mirrored_and_a_damaged_photo_does_not_stop_the_rest(paint, photos, out_dir):
    whole = (photos / "3.png").read_bytes()
    (photos / "1.png").write_bytes(b"not a picture")
    (photos / "3.png").write_bytes(whole[: len(whole) // 2])
    (photos / "notes.txt").write_text("not a photo")
    status, out, err = paint()
    assert status == 1
    assert files(out_dir) == ["0.jpg", "2.jpg", "4.jpg", "more/5.jpg"]
    assert out.splitlines() == [str(out_dir / name) for name in files(out_dir)]
    assert f"failed: {photos / '1.png'} is not an image" in err
    assert f"failed: {photos / '3.png'} is damaged" in err
    assert "2 of 6 photos failed." in err

    (photos / "1.png").unlink()
    (photos / "3.png").write_bytes(whole)
    status, out, _ = paint()
    assert (status, out.splitlines()) == (0, [str(out_dir / "3.jpg")])


def test_a_painting_that_cannot_be_written_does_not_stop_the_rest(paint, out_dir):
    (out_dir / "2.jpg").mkdir(parents=True)
    status, _, err = paint()
    assert status == 1
    assert files(out_dir) == [name for name in ALL if name != "2.jpg"]
    assert "2.png" in err


def test_a_second_run_skips_what_is_there_and_says_so(paint, out_dir):
    assert paint()[0] == 0
    before = {name: (out_dir / name).stat().st_mtime_ns for name in ALL}
    (out_dir / "4.jpg").unlink()
    status, out, err = paint()
    assert (status, out) == (0, f"{out_dir / '4.jpg'}\n")
    assert err.count("there already: ") == 5
    assert "5 of 6 photos were there already; --overwrite" in err
    assert [name for name in ALL if (out_dir / name).stat().st_mtime_ns != before[name]] == ["4.jpg"]


def test_overwrite_paints_all_again(paint, out_dir):
    paint()
    before = {name: (out_dir / name).stat().st_mtime_ns for name in ALL}
    status, out, err = paint("--overwrite")
    assert (status, len(out.splitlines())) == (0, 6)
    assert "there already" not in err
    assert all((out_dir / name).stat().st_mtime_ns != before[name] for name in ALL)


@pytest.mark.parametrize(
    "more", [["--strength", 0.5], ["--keep-colors"], ["--image-size", 25], ["--quality", 50], ["--brush", 2]]
)
def test_other_options_paint_again(more, paint):
    paint()
    assert len(paint(*more)[1].splitlines()) == 6


def test_another_photo_or_style_of_the_same_name_paints_again(paint, photos, style_file, out_dir):
    paint()
    first = contents(out_dir)
    picture(60, 48, seed=77).save(photos / "0.png")
    assert paint()[1] == f"{out_dir / '0.jpg'}\n"
    assert (out_dir / "0.jpg").read_bytes() != first["0.jpg"]
    save_style_file(style_file, TransformerNetwork().eval(), StyleMetadata())
    assert len(paint()[1].splitlines()) == 6
    assert contents(out_dir)["1.jpg"] != first["1.jpg"]


def test_what_is_no_painting_is_no_reason_to_skip(paint, out_dir):
    out_dir.mkdir()
    (out_dir / "0.jpg").write_bytes(b"")
    picture(24, 19).save(out_dir / "1.jpg")
    assert len(paint()[1].splitlines()) == 6
    assert read_provenance(out_dir / "1.jpg") is not None


def test_json_agrees_with_the_files(paint, photos, out_dir):
    paint()
    (out_dir / "4.jpg").unlink()
    (out_dir / "0.jpg").unlink()
    (photos / "0.png").write_bytes(b"broken")
    status, out, _ = paint("--json")
    *told, summary = [json.loads(line) for line in out.splitlines()]
    assert status == 1
    assert [one["status"] for one in told] == ["failed", "skipped", "skipped", "skipped", "painted", "skipped"]
    assert [one["output"] for one in told] == [str(out_dir / name) for name in ALL]
    assert [one["input"] for one in told[:2]] == [str(photos / "0.png"), str(photos / "1.png")]
    assert told[0]["code"] == "image_unreadable"
    assert "0.png is not an image" in told[0]["error"]
    painted = told[4]
    provenance = read_provenance(out_dir / "4.jpg")
    assert (painted["width"], painted["height"]) == size(out_dir / "4.jpg")
    assert painted["bytes"] == (out_dir / "4.jpg").stat().st_size
    assert painted["style_sha256"] == provenance.style_sha256
    assert (
        (painted["engine"], painted["precision"]) == (provenance.engine, provenance.precision) == ("torch", "float32")
    )
    assert painted["options"].items() <= provenance.options.items()
    assert all(painted["seconds"][step] > 0 for step in ("decode", "inference", "encode"))
    assert {key: summary[key] for key in ("type", "files", "painted", "skipped", "failed", "interrupted")} == {
        "type": "summary",
        "files": 6,
        "painted": 1,
        "skipped": 4,
        "failed": 1,
        "interrupted": False,
    }
    assert summary["inference_seconds"] == pytest.approx(painted["seconds"]["inference"], abs=2e-3)
    assert summary["total_seconds"] >= summary["painting_seconds"] >= summary["inference_seconds"]
