"""What is written with a painting: exact pixels and size, transparency, EXIF without the place, how it was made."""

from __future__ import annotations

import io
import struct
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlcore.errors import ImageError
from mlcore.image_io import encode_image
from mlcore.painting_file import Provenance, encode_painting, read_provenance
from mlcore.photo_file import Photo, read_photo
from mlcore.provenance import from_packet, to_packet
from mlcore.tests import handmade_files as handmade
from mlcore.tests.pictures import difference, encoded, picture, quarters, see_through
from mlcore.tests.test_photo_exif import BLOCK, PLACE

FORMATS = ["JPEG", "PNG", "WEBP"]
MADE = Provenance(
    style='Wave & "Storm" <1831> – 波',
    style_sha256="ab" * 32,
    options={"size": 512, "strength": 0.75, "keep_colors": True, "format": "PNG", "quality": None},
    engine="openvino",
    precision="int8",
)


@pytest.mark.parametrize("image_format", FORMATS)
def test_a_painting_says_how_it_was_made(image_format, tmp_path):
    path = tmp_path / "painting"
    path.write_bytes(encode_painting(Photo(quarters()), image_format, 90, MADE))
    assert read_provenance(path) == MADE
    with Image.open(path) as image:
        assert image.format == image_format
        assert image.getexif()[0x0131] == f"Easel {MADE.version}"


def test_the_version_is_the_projects():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    assert MADE.version == project["project"]["version"]


@pytest.mark.parametrize("image_format", FORMATS)
@pytest.mark.parametrize("size", [(1, 1), (77, 33), (64, 65)])
def test_the_size_is_exact_and_bytes_are_the_same_every_time(image_format, size):
    painting = Photo(picture(*size), exif=BLOCK)
    first = encode_painting(painting, image_format, 90, MADE)
    assert first == encode_painting(painting, image_format, 90, MADE)
    assert read_photo(first).image.size == size


@pytest.mark.parametrize("image_format", FORMATS)
def test_the_quality_counts(image_format):
    low, high = (len(encode_painting(Photo(picture(300, 200)), image_format, quality, MADE)) for quality in (20, 95))
    assert (low == high) if image_format == "PNG" else (low < high)


@pytest.mark.parametrize("image_format", ["PNG", "WEBP"])
def test_transparency_goes_round(image_format):
    photo = read_photo(encoded(see_through(), "PNG"))
    again = read_photo(encode_painting(photo, image_format, 100, MADE))
    assert difference(again.alpha, photo.alpha) == 0
    assert difference(again.image, photo.image) < (0.6 if image_format == "PNG" else 3)


def test_where_the_painting_shows_through_it_has_no_white_of_its_own():
    photo = Photo(Image.new("RGB", (2, 1), (255, 128, 128)), Image.new("L", (2, 1), 128))
    with_alpha = Image.open(io.BytesIO(encode_painting(photo, "PNG", 90, MADE)))
    assert with_alpha.getpixel((0, 0)) == pytest.approx((255, 2, 2, 128), abs=1)


def test_in_a_jpeg_transparency_stays_on_white():
    photo = read_photo(encoded(see_through(), "PNG"))
    again = read_photo(encode_painting(photo, "JPEG", 95, MADE))
    assert again.alpha is None
    assert difference(again.image, photo.image) < 4


def test_transparency_of_another_size_is_refused():
    with pytest.raises(ValueError, match="transparency"):
        encode_painting(Photo(quarters(), Image.new("L", (3, 3), 9)), "PNG", 90, MADE)


@pytest.mark.parametrize("image_format", FORMATS)
@pytest.mark.parametrize("source", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_exif_goes_round_and_the_place_never_does(image_format, source):
    photo = read_photo(encoded(quarters(), source, exif=BLOCK))
    exif = read_photo(encode_painting(photo, image_format, 90, MADE)).exif
    for kept in ("José\0".encode(), b"(c) Somebody", b"Maker", b"2026:05:04 03:02:01", b"A lens"):
        assert kept in exif
    # Even where a caller hands over a whole block with the place.
    careless = Photo(quarters(), exif=BLOCK)
    data = encode_painting(careless, image_format, 90, MADE)
    assert PLACE[2][1] in BLOCK
    assert PLACE[2][1] not in data
    with Image.open(io.BytesIO(data)) as image:
        assert 0x8825 not in image.getexif()
        assert image.getexif().get_ifd(0x8825) == {}


@pytest.mark.parametrize("image_format", FORMATS)
def test_nothing_else_of_the_picture_object_is_written(image_format):
    image = quarters()
    image.info = {"comment": b"secret place", "icc_profile": b"secret", "exif": BLOCK, "xmp": b"secret", "dpi": (9, 9)}
    data = encode_painting(Photo(image), image_format, 90, MADE)
    assert b"secret" not in data
    assert PLACE[2][1] not in data
    assert image.info["comment"], "the caller's image is as it was"


def test_a_picture_too_large_for_the_format_is_refused():
    with pytest.raises(ImageError, match="20000×1"):
        encode_painting(Photo(Image.new("RGB", (20_000, 1))), "WEBP", 90, MADE)


def test_options_that_are_no_plain_values_are_refused():
    for value in ([1], {"a": 1}, float("nan"), object()):
        with pytest.raises(ValueError, match="option"):
            to_packet(replace(MADE, options={"odd": value}))


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF", "HEIF"])
def test_pictures_of_others_say_nothing(image_format):
    assert read_provenance(encoded(quarters(), image_format)) is None
    assert image_format not in FORMATS or read_provenance(encode_image(quarters(), image_format)) is None


def test_what_is_no_picture_is_an_error(tmp_path):
    (tmp_path / "a.txt").write_text("no picture")
    with pytest.raises(ImageError, match=r"a\.txt"):
        read_provenance(tmp_path / "a.txt")
    with pytest.raises(ImageError, match="no file"):
        read_provenance(tmp_path / "absent.png")
    with pytest.raises(ImageError):
        read_provenance(tmp_path)


def test_another_program_may_have_rewritten_the_packet():
    elements = "".join(
        f"<e:{tag}>{text}</e:{tag}>"
        for tag, text in {
            "Style": "Waves &amp; more",
            "StyleSHA256": "ab" * 32,
            "Version": "3",
            "Engine": "torch",
            "Precision": "float16",
            "Options": '{"size": 9}',
        }.items()
    )
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description xmlns:e="urn:easel:provenance:1#">{elements}</rdf:Description></rdf:RDF></x:xmpmeta>'
    )
    assert from_packet(packet.encode()) == Provenance("Waves & more", "ab" * 32, {"size": 9}, "torch", "float16", "3")


WHOLE = to_packet(MADE)
ENTITIES = b"".join(b'<!ENTITY a%d "&a%d;&a%d;">' % (i + 1, i, i) for i in range(40))
HOSTILE = {
    "cut": WHOLE[:-60],
    "no XML": b"urn:easel:provenance:1#" * 9,
    "no style": WHOLE.replace(b"easel:Style=", b"easel:Stile="),
    "no digest": WHOLE.replace(b"abababab", b"xyz", 1),
    "options are a list": WHOLE.replace(b'easel:Options="{', b'easel:Options="[{').replace(b'}"/>', b'}]"/>'),
    "options nested a thousandfold": WHOLE.replace(b'easel:Options="', b'easel:Options="' + b"[" * 20_000),
    "an option is not finite": WHOLE.replace(b"0.75", b"Infinity"),
    "a number of 9,999 digits": WHOLE.replace(b"512", b"9" * 9999),
    "too long": WHOLE.replace(b"512", b"512, &quot;x&quot;: &quot;" + b"x" * 70_000 + b"&quot;"),
    "growing entities": b'<!DOCTYPE x [<!ENTITY a0 "aaaaaaaaaa">' + ENTITIES + b"]>" + WHOLE.replace(b"512", b"&a40;"),
    "bytes that are no text": WHOLE.replace(b"Wave", b"\xff\xfe\x80"),
    "unknown encoding": b'<?xml version="1.0" encoding="klingon"?>' + WHOLE,
}


@pytest.mark.parametrize("packet", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("image_format", ["JPEG", "WEBP"])
def test_damaged_and_hostile_records_are_none(packet, image_format):
    assert from_packet(packet) is None
    if image_format != "JPEG" or len(packet) < 65_000:
        assert read_provenance(encoded(quarters(), image_format, xmp=packet)) is None


def test_a_record_cannot_steer_a_terminal():
    packet = to_packet(replace(MADE, style="a\x1b[31m\nb\u202ec", options={"size\x9b": "x\x07"}))
    record = from_packet(packet)
    assert record is not None
    assert record.style == "a\ufffd[31m\ufffdb\ufffdc"
    assert record.options == {"size\ufffd": "x\ufffd"}
    smuggled = from_packet(WHOLE.replace(b"512", b"&quot;\\u001b[2J&quot;").replace(b"Wave", b"&#x9b;Wave"))
    assert smuggled is not None
    assert "\x1b" not in str(smuggled.options.values())
    assert smuggled.style.startswith("\ufffdWave")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("image_format", FORMATS)
def test_no_damage_to_a_file_raises_anything_else(image_format):
    data = bytearray(encode_painting(Photo(quarters(), exif=BLOCK), image_format, 90, MADE))
    random = np.random.default_rng(11)
    for _ in range(300):
        broken = data.copy()
        for place in random.integers(0, len(data), 6):
            broken[place] = random.integers(0, 256)
        try:
            record = read_provenance(bytes(broken[: random.integers(1, len(data) + 1)]))
        except ImageError:
            continue
        assert record is None or isinstance(record, Provenance)


def test_software_of_the_camera_gives_way_to_easels():
    block = handmade.exif(
        {0x0131: (handmade.ASCII, b"Camera firmware\0"), 0x0112: (handmade.SHORT, struct.pack("<H", 6))}
    )
    photo = read_photo(encoded(quarters(), "PNG", exif=block))
    assert b"Camera firmware" in photo.exif
    exif = read_photo(encode_painting(photo, "PNG", 90, MADE)).exif
    assert b"Camera firmware" not in exif
    assert b"Easel" in exif
