"""EXIF of a photo: what describes it is kept byte for byte, the place and what describes the old file is not."""

from __future__ import annotations

import struct

import pillow_heif
import pytest
from PIL import Image

from mlcore.photo_file import read_photo
from mlcore.tests import handmade_files as handmade
from mlcore.tests.pictures import difference, encoded, quarters

pillow_heif.register_heif_opener()  # so that the tests can write HEIC


CAMERA = {
    0x829A: (handmade.RATIONAL, struct.pack("<II", 1, 250)),
    0x9000: (handmade.UNDEFINED, b"0232"),
    0x9003: (handmade.ASCII, b"2026:05:04 03:02:01\0"),
    0x927C: (handmade.UNDEFINED, b"maker note with a place"),
    0xA001: (handmade.SHORT, struct.pack("<H", 65535)),
    0xA002: (handmade.LONG, struct.pack("<I", 4000)),
    0xA434: (handmade.ASCII, b"A lens\0"),
}
MAIN = {
    0x010F: (handmade.ASCII, b"Maker\0"),
    0x013B: (handmade.ASCII, "José\0".encode()),
    0x02BC: (1, b"<x:xmpmeta>52 degrees north</x:xmpmeta>"),
    0x8298: (handmade.ASCII, b"(c) Somebody\0"),
}
PLACE = {0: (1, bytes([2, 3, 0, 0])), 2: (handmade.RATIONAL, struct.pack("<6I", 52, 1, 30, 1, 1234, 100))}
THUMBNAIL = {0x0103: (handmade.SHORT, struct.pack("<H", 6)), 0x0201: (handmade.LONG, struct.pack("<I", 8))}
BLOCK = handmade.exif(MAIN, CAMERA, PLACE, THUMBNAIL)


def assert_kept(block: bytes) -> None:
    assert block.startswith(b"Exif\0\0")
    exif = Image.Exif()
    exif.load(block)
    assert dict(exif) == {
        0x010F: "Maker",
        0x013B: "José".encode().decode("latin-1"),
        0x8298: "(c) Somebody",
        0x8769: exif[0x8769],
    }
    camera = exif.get_ifd(0x8769)
    assert camera == {
        0x829A: pytest.approx(1 / 250),
        0x9000: b"0232",
        0x9003: "2026:05:04 03:02:01",
        0xA001: 1,
        0xA434: "A lens",
    }
    assert exif.get_ifd(0x8825) == {}
    assert exif.get_ifd(1) == {}, "no thumbnail"
    for forbidden in (b"place", b"degrees", struct.pack("<I", 1234)):
        assert forbidden not in block
    assert "José\0".encode() in block, "byte for byte: Pillow would turn é into ??"


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
def test_exif_is_kept_without_the_place(image_format):
    data = encoded(quarters(), image_format, exif=BLOCK)
    assert struct.pack("<I", 1234) in data
    assert_kept(read_photo(data).exif)


def test_exif_of_a_tiff_is_kept_without_its_description_of_the_file(tmp_path):
    data = encoded(quarters(), "TIFF", tiffinfo={0x010F: "Maker", 0x8298: "(c) Somebody", 0x8825: {1: "N"}})
    (tmp_path / "a.tif").write_bytes(data)
    for source in (data, tmp_path / "a.tif"):
        exif = Image.Exif()
        exif.load(read_photo(source).exif)
        assert dict(exif) == {0x010F: "Maker", 0x8298: "(c) Somebody"}


@pytest.mark.parametrize("cut", range(6, len(BLOCK), 5))
@pytest.mark.filterwarnings("ignore")
def test_damaged_exif_costs_no_photo_and_no_exception(cut):
    photo = read_photo(encoded(quarters(), "PNG", exif=BLOCK[:cut]))
    assert difference(photo.image, quarters()) == 0
    assert b"maker note" not in photo.exif


@pytest.mark.filterwarnings("ignore")
def test_exif_that_points_at_itself_or_nowhere_is_read_once():
    pointer = handmade.exif({0x010F: (handmade.ASCII, b"Maker\0"), 0x8769: (handmade.LONG, struct.pack("<I", 8))})
    far = handmade.exif({0x010F: (handmade.ASCII, b"Maker\0"), 0x8769: (handmade.LONG, struct.pack("<I", 1 << 31))})
    for block in (pointer, far):
        assert b"Maker" in read_photo(encoded(quarters(), "PNG", exif=block)).exif


def test_exif_too_long_for_a_jpeg_loses_its_longest_entry():
    camera = CAMERA | {0x9286: (handmade.UNDEFINED, b"ASCII\0\0\0" + b"x" * 59_990)}
    assert_kept(read_photo(encoded(quarters(), "PNG", exif=handmade.exif(MAIN, camera, PLACE))).exif)
