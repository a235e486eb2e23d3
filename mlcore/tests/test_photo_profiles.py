"""Colour profiles: what they say of the pixels is converted to sRGB."""

from __future__ import annotations

from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from mlcore.photo_file import read_photo
from mlcore.tests import handmade_files as handmade
from mlcore.tests.pictures import difference, encoded, first_row, picture

pillow_heif.register_heif_opener()  # so that the tests can write HEIC


def srgb_of(linear: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def p3_as_srgb(colour: tuple[int, int, int]) -> np.ndarray[Any, Any]:
    """Return what a Display P3 colour is in sRGB, 0 to 255, by the matrices of the two standards."""
    srgb_primaries = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
    encoded_values = np.array(colour) / 255
    linear = np.where(encoded_values <= 0.04045, encoded_values / 12.92, ((encoded_values + 0.055) / 1.055) ** 2.4)
    return srgb_of(np.linalg.solve(np.array(srgb_primaries).T, np.array(handmade.P3_PRIMARIES).T @ linear))


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_display_p3_is_converted_to_srgb(image_format):
    colour = (190, 130, 90)
    reference = p3_as_srgb(colour)
    assert np.abs(reference - colour).max() > 8, "the conversion must be visible"
    options = {"quality": 100} if image_format in ("JPEG", "WEBP", "AVIF", "HEIF") else {}
    profile = handmade.rgb_profile(handmade.P3_PRIMARIES)
    photo = read_photo(encoded(Image.new("RGB", (64, 64), colour), image_format, icc_profile=profile, **options))
    assert np.abs(np.asarray(photo.image)[30, 30] - reference).max() <= 3
    assert "icc_profile" not in photo.image.info, "the pixels are sRGB now"


def test_a_profile_is_applied_to_transparent_pictures_before_white_is_laid_under():
    colour = (190, 130, 90)
    image = Image.new("RGBA", (2, 1), (*colour, 255))
    image.putpixel((1, 0), (*colour, 102))
    photo = read_photo(encoded(image, "PNG", icc_profile=handmade.rgb_profile(handmade.P3_PRIMARIES)))
    reference = p3_as_srgb(colour)
    assert first_row(photo.image)[0] == pytest.approx(reference, abs=2)
    assert first_row(photo.image)[1] == pytest.approx(0.4 * reference + 0.6 * 255, abs=2)


def test_a_profile_that_is_srgb_changes_nothing():
    image = picture(90, 60)
    photo = read_photo(
        encoded(
            image,
            "PNG",
            icc_profile=handmade.rgb_profile(
                ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
            ),
        )
    )
    assert difference(photo.image, image) == 0


def test_a_profile_of_grey():
    expected = float(srgb_of(np.array(64 / 255)))
    for mode, image in (
        ("L", Image.new("L", (8, 8), 64)),
        ("I;16", Image.fromarray(np.full((8, 8), 64 * 257, np.uint16))),
    ):
        photo = read_photo(encoded(image, "PNG", icc_profile=handmade.linear_grey_profile()))
        assert photo.image.getpixel((4, 4)) == pytest.approx((expected,) * 3, abs=2), mode


def test_a_profile_of_colour_on_a_grey_picture():
    photo = read_photo(
        encoded(Image.new("L", (8, 8), 77), "PNG", icc_profile=handmade.rgb_profile(handmade.P3_PRIMARIES))
    )
    assert photo.image.getpixel((4, 4)) == pytest.approx((77, 77, 77), abs=1)


@pytest.mark.parametrize("image_format", ["JPEG", "TIFF"])
def test_a_profile_of_inks(image_format):
    black = Image.new("CMYK", (16, 16), (0, 0, 0, 255))
    assert read_photo(encoded(black, image_format)).image.getpixel((8, 8)) == pytest.approx((0, 0, 0), abs=3)
    photo = read_photo(encoded(black, image_format, icc_profile=handmade.red_for_black_profile()))
    red, green, blue = photo.image.getpixel((8, 8))
    assert red > 240
    assert max(green, blue) < 40
