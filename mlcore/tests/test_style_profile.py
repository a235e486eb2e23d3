"""``python -m mlcore profile``: what a style costs here, and its previews, from a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from PIL import Image

from mlcore.preview_photos import PREVIEW_PHOTOS, preview_photos

ROOT = Path(__file__).resolve().parents[2]


def command(style_file: Path, folder: Path, *more: str) -> list[str]:
    words = [sys.executable, "-m", "mlcore", "profile", "--style-file", str(style_file), "--previews", str(folder)]
    return [*words, "--threads", "1", *more]


def test_it_measures_and_paints_the_previews(style_file: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        command(style_file, tmp_path / "previews", "--cache", str(tmp_path / "cache")),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    *progress, last = (json.loads(line) for line in done.stdout.splitlines())
    shares = [line["share"] for line in progress]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert last["ok"] is True
    assert last["engine"] in {"torch", "openvino", "onnxruntime", "native"}
    assert last["ms_per_megapixel"] > 0
    assert 10 < last["mb_per_megapixel"] < 5000
    assert last["artefacts"].keys() == {"saturated", "channel_deviation", "checkerboard"}
    assert isinstance(last["faults"], list)
    photos = preview_photos()
    assert tuple(photos) == PREVIEW_PHOTOS
    for name, photo in photos.items():
        with Image.open(tmp_path / "previews" / f"{name}.png") as preview:
            assert preview.size == photo.size


def test_a_file_that_is_no_style_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad").write_bytes(b"no style")
    done = subprocess.run(command(tmp_path / "bad", tmp_path), cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    answer = json.loads(done.stdout.splitlines()[-1])
    assert (answer["ok"], answer["code"]) == (False, "checkpoint_invalid")


def test_it_ends_when_whoever_asked_is_gone(style_file: Path, tmp_path: Path) -> None:
    child = subprocess.Popen(
        command(style_file, tmp_path, "--end-with-input"),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdin
    child.stdin.close()  # as when the process that holds it is killed
    assert child.wait(timeout=300) == 1
    assert child.stdout
    assert '"ok"' not in child.stdout.read()
    child.stdout.close()
