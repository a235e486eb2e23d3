"""How a painting was made, read back from its file."""

from __future__ import annotations

import hashlib
import json

import pytest

from mlcore.tests.pictures import picture
from mlcore.tests.stylizing import stylize


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
def test_every_format_tells_how_it_was_made(suffix, style_file, photos, tmp_path):
    target, photo = tmp_path / f"a.{suffix}", photos / "0.png"
    arguments = ["--checkpoint", style_file, "--input", photo, "--output", target, "--image-size", 20]
    assert stylize(*arguments, "--strength", 0.75, "--keep-colors")[0] == 0

    status, out, err = stylize("--explain", target, "--json")
    told = json.loads(out)
    assert (status, err) == (0, "")
    assert told["file"] == str(target)
    assert told["style"] == "untrained"
    assert told["style_sha256"] == hashlib.sha256(style_file.read_bytes()).hexdigest()
    assert told["options"]["photo_sha256"] == hashlib.sha256(photo.read_bytes()).hexdigest()
    assert (told["options"]["strength"], told["options"]["keep_colors"], told["options"]["size"]) == (0.75, True, 20)
    assert (told["engine"], told["precision"]) == ("torch", "float32")

    status, out, _ = stylize("--explain", target)
    lines = {line[:14].strip(): line[15:] for line in out.splitlines()}
    assert status == 0
    assert (lines["style"], lines["strength"], lines["keep colors"]) == ("untrained", "0.75", "yes")
    assert (lines["size"], lines["engine"]) == ("20 pixels, longest side", "torch, float32")


def test_a_picture_without_a_record_is_one_clear_line(tmp_path):
    picture(9, 9).save(tmp_path / "photo.jpg")
    status, out, err = stylize("--explain", tmp_path / "photo.jpg")
    assert (status, out) == (1, "")
    assert "does not say how it was made" in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("json_too", [[], ["--json"]])
def test_what_is_damaged_or_absent_is_one_clear_line(json_too, tmp_path):
    (tmp_path / "bad.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    for name, words in (("bad.jpg", "bad.jpg"), ("absent.jpg", "There is no file")):
        status, out, err = stylize("--explain", tmp_path / name, *json_too)
        assert (status, out) == (1, "")
        assert words in err
        assert len(err.splitlines()) == 1


def test_a_record_that_was_damaged_is_not_shown(style_file, photos, tmp_path):
    target = tmp_path / "a.jpg"
    stylize("--checkpoint", style_file, "--input", photos / "0.png", "--output", target, "--image-size", 20)
    content = target.read_bytes()
    damaged = content.replace(b"easel:StyleSHA256", b"easel:StyleSHA2??")
    assert damaged != content
    target.write_bytes(damaged)
    status, _, err = stylize("--explain", target)
    assert status == 1
    assert "damaged the record" in err
