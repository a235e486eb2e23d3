"""Every kind of photo file: right colours, right way up, transparency kept aside; and nothing that is no photo."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from mlcore.errors import ImageError
from mlcore.image_io import list_images
from mlcore.photo_file import read_photo
from mlcore.photo_formats import IMAGE_SUFFIXES
from mlcore.tests import handmade_files as handmade
from mlcore.tests.pictures import difference, encoded, first_row, picture, quarters, see_through
from mlcore.tests.test_reading_photos import STORED_AS

pillow_heif.register_heif_opener()  # so that the tests can write HEIC

FORMATS = ["JPEG", "PNG", "WEBP", "AVIF", "HEIF", "TIFF", "GIF", "BMP"]
LOSSLESS: dict[str, dict[str, Any]] = {
    "PNG": {},
    "WEBP": {"lossless": True, "exact": True},
    "TIFF": {},
}


def on_white(image: Image.Image) -> Image.Image:
    white = Image.new("RGBA", image.size, "white")
    white.alpha_composite(image)
    return white.convert("RGB")


@pytest.mark.parametrize("image_format", FORMATS)
def test_every_format_has_its_colours_and_size(image_format):
    photo = read_photo(encoded(quarters(), image_format))
    assert (photo.image.mode, photo.image.size, photo.alpha, photo.exif) == ("RGB", (80, 40), None, b"")
    assert difference(photo.image, quarters()) < 6
    assert read_photo(encoded(quarters(), image_format), longest_side=33).image.size == (33, 16)


@pytest.mark.parametrize("image_format", ["PNG", "WEBP", "AVIF", "HEIF", "TIFF"])
def test_transparency_is_laid_on_white_and_kept_aside(image_format):
    image = see_through()
    photo = read_photo(encoded(image, image_format, **LOSSLESS.get(image_format, {"quality": 95})))
    assert photo.alpha is not None
    assert photo.alpha.mode == "L"
    tolerance = 0.7 if image_format in LOSSLESS else 4
    assert difference(photo.alpha, image.getchannel("A")) < tolerance
    assert difference(photo.image, on_white(image)) < tolerance


@pytest.mark.parametrize("image_format", ["PNG", "WEBP", "TIFF"])
def test_an_alpha_channel_that_hides_nothing_is_none(image_format):
    image = quarters().convert("RGBA")
    assert read_photo(encoded(image, image_format)).alpha is None


def test_colours_under_full_transparency_do_not_bleed_into_a_smaller_photo():
    image = Image.new("RGBA", (200, 100), (255, 0, 0, 0))
    image.paste((0, 0, 200, 255), (0, 0, 101, 100))
    photo = read_photo(encoded(image, "PNG"), longest_side=40)
    assert np.asarray(photo.image)[..., 0].max() == 255  # white
    red, green, _ = np.asarray(photo.image, dtype=int).reshape(-1, 3).T
    assert np.abs(red - green).max() <= 2, "white and blue only: where red shines through, it exceeds green"


@pytest.mark.parametrize("image_format", ["PNG", "GIF"])
def test_a_palette_with_a_transparent_entry(image_format):
    image = Image.new("P", (4, 1))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putdata([0, 0, 1, 1])
    photo = read_photo(encoded(image, image_format, transparency=1))
    assert first_row(photo.image) == [(255, 0, 0)] * 2 + [(255, 255, 255)] * 2
    assert list(photo.alpha.tobytes()) == [255, 255, 0, 0]


def test_a_palette_with_an_alpha_value_for_each_entry():
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putdata([0, 1])
    photo = read_photo(encoded(image, "PNG", transparency=bytes([255, 51])))
    assert first_row(photo.image) == [(255, 0, 0), (204, 204, 255)]
    assert list(photo.alpha.tobytes()) == [255, 51]


# Colour type 0 is grey, 2 colour, 4 grey with alpha, 6 colour with alpha.
DEEP_PNGS = {
    "grey": (0, 1, [0, 0x4000, 0xFFFF], b"", [0, 64, 255], None),
    "grey with a transparent level": (
        0,
        1,
        [0x8000, 0x8001, 0],
        struct.pack(">H", 0x8001),
        [128, 255, 0],
        [255, 0, 255],
    ),
    "grey and alpha": (4, 2, [0, 0xFFFF, 0x8000, 0xFFFF, 0, 0], b"", [0, 128, 255], [255, 255, 0]),
}


@pytest.mark.parametrize(
    ("colour_type", "samples", "values", "key", "levels", "alpha"), DEEP_PNGS.values(), ids=DEEP_PNGS
)
def test_sixteen_bit_grey_png(colour_type, samples, values, key, levels, alpha):
    data = handmade.png(3, 1, 16, colour_type, b"\0" + struct.pack(f">{3 * samples}H", *values), key)
    photo = read_photo(data)
    assert first_row(photo.image) == [(level,) * 3 for level in levels]
    assert (photo.alpha and list(photo.alpha.tobytes())) == alpha


def test_sixteen_bit_colour_png_with_and_without_alpha_or_a_transparent_colour():
    colours = [0xFFFF, 0x8000, 0x1234]
    opaque = read_photo(handmade.png(1, 1, 16, 2, b"\0" + struct.pack(">3H", *colours)))
    assert first_row(opaque.image) == [(255, 128, 18)]
    keyed = handmade.png(2, 1, 16, 2, b"\0" + struct.pack(">6H", *colours, 0, 0, 0), struct.pack(">3H", *colours))
    assert first_row(read_photo(keyed).image) == [(255, 255, 255), (0, 0, 0)]
    layered = read_photo(handmade.png(1, 1, 16, 6, b"\0" + struct.pack(">4H", *colours, 0xFFFF // 5)))
    assert first_row(layered.image) == [(255, 230, 208)]
    assert list(layered.alpha.tobytes()) == [51]


def test_a_png_of_two_bits_with_a_transparent_level():
    photo = read_photo(handmade.png(4, 1, 2, 0, b"\0" + bytes([0b00011011]), struct.pack(">H", 1)))
    assert [red for red, *_ in first_row(photo.image)] == [0, 255, 170, 255]
    assert list(photo.alpha.tobytes()) == [255, 0, 255, 255]


DEEP_TIFFS: dict[str, tuple[bytes, dict[str, int]]] = {
    "16 bits": (struct.pack("<3H", 0, 0x8000, 0xFFFF), {"bits": 16}),
    "16 bits, white is 0": (struct.pack("<3H", 0xFFFF, 0x7FFF, 0), {"bits": 16, "photometric": 0}),
    "16 bits with a sign": (struct.pack("<3h", -5, 0x4000, 0x7FFF), {"bits": 16, "tag_339": 2}),
    "32 bits": (struct.pack("<3I", 0, 1 << 31, (1 << 32) - 1), {"bits": 32}),
    "32 bits with a sign": (struct.pack("<3i", -9, 1 << 30, (1 << 31) - 1), {"bits": 32, "tag_339": 2}),
    "12 bits": (bytes([0x00, 0x08, 0x00, 0xFF, 0xF0]), {"bits": 12}),
    "floats": (struct.pack("<3f", 0, 0.5, 1.5), {"bits": 32, "tag_339": 3}),
    "floats up to 255": (struct.pack("<3f", float("nan"), 128, 255), {"bits": 32, "tag_339": 3}),
}


@pytest.mark.parametrize(("data", "options"), DEEP_TIFFS.values(), ids=DEEP_TIFFS)
def test_deep_grey_tiffs_are_scaled_and_not_clipped(data, options):
    photo = read_photo(handmade.tiff(3, 1, data, **options))
    assert first_row(photo.image) == [(0, 0, 0), (128, 128, 128), (255, 255, 255)]


def test_sixteen_bit_colour_tiffs():
    colours = handmade.tiff(1, 1, struct.pack("<3H", 0xFFFF, 0x8000, 0), bits=16, photometric=2, samples=3)
    assert first_row(read_photo(colours).image) == [(255, 128, 0)]
    inks = handmade.tiff(1, 1, struct.pack("<4H", 0xFFFF, 0, 0, 0), bits=16, photometric=5, samples=4)
    assert first_row(read_photo(inks).image) == [(0, 255, 255)]


def test_ten_bit_heic_is_scaled():
    ramp = np.linspace(0, 65535, 64).astype(np.uint16)
    deep = np.repeat(np.broadcast_to(ramp, (64, 64))[..., None], 3, axis=2)
    buffer = io.BytesIO()
    pillow_heif.encode("RGB;16", (64, 64), deep.tobytes(), buffer, quality=-1, chroma=444)
    photo = read_photo(buffer.getvalue())
    assert np.abs(np.asarray(photo.image, dtype=float) - deep / 257).max() <= 3


@pytest.mark.parametrize("image_format", ["JPEG", "TIFF"])
def test_cmyk(image_format):
    photo = read_photo(encoded(quarters().convert("CMYK"), image_format))
    assert difference(photo.image, quarters()) < 8


@pytest.mark.parametrize("image_format", ["GIF", "WEBP", "PNG", "TIFF", "AVIF", "HEIF"])
def test_only_the_first_frame_is_read(image_format):
    frames = [Image.new("RGB", (64, 64), colour) for colour in ((250, 0, 0), (0, 0, 250), (0, 250, 0))]
    data = encoded(frames[0], image_format, save_all=True, append_images=frames[1:])
    assert difference(read_photo(data).image, frames[0]) < 4
    assert difference(read_photo(data, longest_side=16).image, frames[0].resize((16, 16))) < 4


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
@pytest.mark.parametrize("orientation", STORED_AS)
def test_photos_stand_upright_in_every_format(orientation, image_format):
    how = STORED_AS[orientation]
    stored = quarters() if how is None else quarters().transpose(how)
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(stored, image_format, exif=exif.tobytes())
    for longest_side, expected in ((None, quarters()), (40, quarters(40, 20))):
        photo = read_photo(data, longest_side=longest_side)
        assert photo.image.size == expected.size
        assert difference(photo.image, expected) < 8
        assert photo.exif == b"", "the painting is upright, so no orientation may be kept"


def test_a_heic_is_not_turned_twice():
    # As telephones write it: turned by the container, with the same turn in EXIF.
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(quarters().transpose(Image.Transpose.ROTATE_90), "HEIF", exif=exif.tobytes())
    assert b"irot" in data
    assert difference(read_photo(data).image, quarters()) < 4
    # Without the container's turn EXIF says nothing: the standard gives the container the word.
    data = encoded(quarters(), "HEIF", exif=exif)
    assert b"irot" not in data
    assert difference(read_photo(data).image, quarters()) < 4


def test_transparency_is_turned_with_the_photo():
    exif = Image.Exif()
    exif[0x0112] = 8
    stored = see_through().transpose(Image.Transpose.ROTATE_270)
    photo = read_photo(encoded(stored, "PNG", exif=exif))
    assert difference(photo.alpha, see_through().getchannel("A")) == 0


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF", "TIFF", "GIF"])
def test_truncated_files_are_refused_with_their_name(image_format, tmp_path):
    data = encoded(picture(200, 150), image_format)
    path = tmp_path / "cut.img"
    for share in (0.05, 0.3, 0.6, 0.9):
        path.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(ImageError, match=r"cut\.img"):
            read_photo(path)


def test_a_tile_far_larger_than_its_picture_is_refused_before_it_is_decoded():
    data = handmade.tiff(8, 8, bytes(64), bits=8, tag_322=60_000, tag_323=60_000)
    with pytest.raises(ImageError, match="megapixels"):
        read_photo(data)


@pytest.mark.parametrize("image_format", ["PPM", "TGA", "EPS", "ICO", "JPEG2000"])
def test_other_decoders_are_never_tried(image_format):
    with pytest.raises(ImageError, match="not an image this program can read"):
        read_photo(encoded(quarters(), image_format))


def test_folders_list_the_new_formats(tmp_path):
    for suffix in IMAGE_SUFFIXES:
        (tmp_path / f"a{suffix.upper()}").touch()
    assert {".avif", ".heic", ".heif", ".gif"} <= {path.suffix.lower() for path in list_images(tmp_path)}
