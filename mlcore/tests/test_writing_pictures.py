from __future__ import annotations

import os

import pytest
from PIL import Image

from mlcore.errors import ImageError
from mlcore.image_io import encode_image, open_photo, save_image, write_atomically
from mlcore.tests.pictures import difference, quarters


@pytest.mark.parametrize(
    ("name", "image_format"), [("a.jpg", "JPEG"), ("a.JPEG", "JPEG"), ("a.png", "PNG"), ("a.webp", "WEBP")]
)
def test_the_suffix_names_the_format(tmp_path, name, image_format):
    save_image(quarters(), tmp_path / "new" / name)
    with Image.open(tmp_path / "new" / name) as image:
        assert image.format == image_format
    assert difference(open_photo(tmp_path / "new" / name), quarters()) < 6


def test_an_unknown_suffix_is_refused(tmp_path):
    with pytest.raises(ImageError, match="must end in") as caught:
        save_image(quarters(), tmp_path / "a.bmp")
    assert caught.value.code == "format_unsupported"
    assert list(tmp_path.iterdir()) == []


def test_jpegs_keep_full_colour_resolution():
    stripes = Image.new("RGB", (32, 32), (255, 0, 0))
    for x in range(0, 32, 2):
        stripes.paste((0, 0, 255), (x, 0, x + 1, 32))
    assert difference(open_photo(encode_image(stripes, "JPEG", 95)), stripes) < 4


def test_a_picture_too_large_for_the_format_is_refused():
    with pytest.raises(ImageError, match="20000×1") as caught:
        encode_image(Image.new("RGB", (20_000, 1)), "WEBP")
    assert caught.value.code == "image_too_large"


def test_writing_replaces_the_file_and_leaves_nothing_else(tmp_path):
    path = tmp_path / "result.bin"
    path.write_bytes(b"old")
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_keeps_the_old_file_and_leaves_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "result.bin"
    path.write_bytes(b"old")

    def full_disk(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_files_follow_the_umask(tmp_path):
    previous = os.umask(0o027)
    try:
        write_atomically(tmp_path / "result.bin", b"x")
    finally:
        os.umask(previous)
    assert (tmp_path / "result.bin").stat().st_mode & 0o777 == 0o640
