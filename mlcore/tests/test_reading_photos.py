from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from mlcore.errors import ImageError
from mlcore.image_io import MAX_PIXELS, centre_square, fitted_size, list_images, megapixels, open_photo
from mlcore.tests.pictures import difference, encoded, picture, quarters

# What has to be done to an upright picture so that a camera's orientation tag brings it back.
STORED_AS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def with_orientation(upright: Image.Image, orientation: int, image_format: str = "JPEG") -> bytes:
    how = STORED_AS[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(upright.transpose(how) if how is not None else upright, image_format, exif=exif)


@pytest.mark.parametrize("orientation", STORED_AS)
def test_orientation_is_applied(orientation):
    photo = open_photo(with_orientation(quarters(), orientation))
    assert photo.size == (80, 40)
    assert difference(photo, quarters()) < 4


@pytest.mark.parametrize("orientation", STORED_AS)
def test_orientation_is_applied_before_the_size(orientation):
    photo = open_photo(with_orientation(quarters(1601, 803), orientation), longest_side=100)
    assert photo.size == (100, 50)
    assert difference(photo, quarters(100, 50)) < 6


def test_orientation_of_a_png_with_transparency_is_applied():
    upright = quarters()
    upright.putalpha(255)
    assert difference(open_photo(with_orientation(upright, 6, "PNG")), quarters()) < 1


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_damaged_exif_does_not_lose_the_photo():
    photo = open_photo(encoded(quarters(), "JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff"))
    assert photo.size == (80, 40)


@pytest.mark.parametrize(
    ("width", "height", "side"),
    # The sizes of the reduced decode, rounded up to 444×384, 282×312 and so on, would give one pixel more or less.
    [(1776, 1533, 114), (2254, 2489, 120), (1481, 2468, 109), (2152, 2113, 85), (4001, 3001, 64), (333, 222, 500)],
)
def test_the_size_follows_the_files_own_dimensions_although_jpegs_are_decoded_reduced(width, height, side):
    photo = open_photo(encoded(Image.new("RGB", (width, height)), "JPEG"), longest_side=side)
    assert photo.size == fitted_size(width, height, side)
    assert max(photo.size) == side


@pytest.mark.parametrize(
    ("size", "side", "fitted"),
    [((4000, 3000), 256, (256, 192)), ((3, 4), 8, (6, 8)), ((1, 1), 5, (5, 5)), ((1, 500), 100, (1, 100))],
)
def test_fitted_size(size, side, fitted):
    assert fitted_size(*size, side) == fitted


def test_a_sliver_is_read_at_any_size():
    sliver = encoded(picture(1, 700), "PNG")
    assert open_photo(sliver).size == (1, 700)
    assert open_photo(sliver, longest_side=64).size == (1, 64)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"])
def test_formats(image_format):
    photo = open_photo(encoded(quarters(), image_format))
    assert photo.mode == "RGB"
    assert difference(photo, quarters()) < 6


def test_transparency_is_laid_on_white():
    image = Image.new("RGBA", (10, 10), (200, 0, 0, 0))
    image.paste((200, 0, 0, 255), (0, 0, 5, 10))
    image.paste((0, 0, 0, 128), (5, 5, 10, 10))
    photo = open_photo(encoded(image, "PNG"))
    assert photo.getpixel((1, 1)) == (200, 0, 0)
    assert photo.getpixel((8, 1)) == (255, 255, 255)
    assert photo.getpixel((8, 8)) == pytest.approx((127, 127, 127), abs=1)


@pytest.mark.parametrize("image_format", ["PNG", "GIF"])
def test_palette_transparency_is_laid_on_white(image_format):
    image = Image.new("P", (4, 1))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putdata([0, 0, 1, 1])
    photo = open_photo(encoded(image, image_format, transparency=1))
    assert [photo.getpixel((x, 0)) for x in (0, 3)] == [(255, 0, 0), (255, 255, 255)]


def test_grey_with_a_transparent_level_is_laid_on_white():
    image = Image.new("L", (2, 1), 40)
    image.putpixel((1, 0), 90)
    photo = open_photo(encoded(image, "PNG", transparency=90))
    assert [photo.getpixel((x, 0)) for x in (0, 1)] == [(40, 40, 40), (255, 255, 255)]


def test_only_the_first_frame_of_an_animation_is_read():
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    photo = open_photo(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert photo.getpixel((4, 4)) == (255, 0, 0)


def test_cmyk():
    photo = open_photo(encoded(quarters().convert("CMYK"), "JPEG"))
    assert photo.mode == "RGB"
    assert difference(photo, quarters()) < 8


@pytest.mark.parametrize("mode", ["1", "L", "LA"])
def test_grey_modes_become_rgb(mode):
    white = Image.new(mode, (9, 7), "white")
    assert open_photo(encoded(white, "PNG")).getpixel((3, 3)) == (255, 255, 255)


@pytest.mark.parametrize("image_format", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_scaled_and_not_clipped(image_format):
    values = np.array([[0, 0x4000, 0x8000, 0xFFFF]], dtype=np.uint16)
    photo = open_photo(encoded(Image.fromarray(values), image_format))
    assert [photo.getpixel((x, 0)) for x in range(4)] == [(v, v, v) for v in (0, 64, 128, 255)]


def test_an_embedded_profile_is_converted_to_srgb():
    # A profile whose red and green are swapped makes the conversion visible.
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    tags = {srgb[o : o + 4]: o for o in range(132, 132 + 12 * struct.unpack(">I", srgb[128:132])[0], 12)}
    red, green = tags[b"rXYZ"], tags[b"gXYZ"]
    swapped = bytearray(srgb)
    swapped[red : red + 4], swapped[green : green + 4] = b"gXYZ", b"rXYZ"
    data = encoded(Image.new("RGB", (8, 8), (255, 0, 0)), "PNG", icc_profile=bytes(swapped))
    red_value, green_value, blue_value = open_photo(data).getpixel((3, 3))
    assert green_value > 240
    assert red_value < 15
    assert blue_value < 15
    # Palettes carry profiles too.
    palette = Image.new("RGB", (8, 8), (255, 0, 0)).quantize(2)
    assert open_photo(encoded(palette, "PNG", icc_profile=bytes(swapped))).getpixel((3, 3))[1] > 240


def test_a_broken_profile_is_ignored():
    photo = open_photo(encoded(quarters(), "PNG", icc_profile=b"no profile at all"))
    assert difference(photo, quarters()) == 0


def test_reads_paths_files_and_bytes(tmp_path):
    data = encoded(quarters(), "PNG")
    (tmp_path / "a.png").write_bytes(data)
    for source in (tmp_path / "a.png", io.BytesIO(data), data):
        assert difference(open_photo(source), quarters()) == 0


@pytest.mark.parametrize(
    "data",
    [b"", b"just a text", encoded(picture(64, 64), "JPEG")[:700], encoded(picture(64, 64), "PNG")[:-400]],
    ids=["empty", "text", "truncated JPEG", "truncated PNG"],
)
def test_what_is_no_whole_image_is_refused(data):
    with pytest.raises(ImageError) as caught:
        open_photo(data)
    assert caught.value.code == "image_unreadable"
    assert "The file" in str(caught.value)


def test_errors_name_the_file(tmp_path):
    (tmp_path / "notes.jpg").write_text("no picture")
    with pytest.raises(ImageError, match=r"notes\.jpg"):
        open_photo(tmp_path / "notes.jpg")
    with pytest.raises(ImageError, match=r"no file .*absent\.jpg"):
        open_photo(tmp_path / "absent.jpg")


@pytest.mark.parametrize("side", [15_000, 30_000], ids=["225 megapixels", "900 megapixels"])
def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(side):
    assert side**2 > MAX_PIXELS

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    with pytest.raises(ImageError, match="megapixels") as caught:
        open_photo(bomb)
    assert caught.value.code == "image_too_large"


def test_a_size_below_one_pixel_is_refused():
    with pytest.raises(ImageError, match="at least 1 pixel"):
        open_photo(encoded(quarters(), "PNG"), longest_side=0)


@pytest.mark.parametrize("size", [(100, 40), (40, 100)])
def test_centre_square_is_the_middle(size):
    image = Image.new("RGB", size, "red")
    image.paste("blue", ((size[0] - 40) // 2, (size[1] - 40) // 2, (size[0] + 40) // 2, (size[1] + 40) // 2))
    square = centre_square(image, 24)
    assert square.size == (24, 24)
    inside = (3, 3, 21, 21)  # near its edge the filter also sees the pixels beyond
    assert square.crop(inside).getcolors() == [(18 * 18, (0, 0, 255))]


def test_list_images_is_sorted_deep_and_without_hidden_files(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "folder.jpg").mkdir()
    for name in ("b.JPG", "a.png", "sub/c.webp", ".hidden.jpg", "notes.txt"):
        (tmp_path / name).touch()
    assert [path.relative_to(tmp_path).as_posix() for path in list_images(tmp_path)] == ["a.png", "b.JPG", "sub/c.webp"]


def test_megapixels_are_rounded_up():
    assert megapixels(4000, 3000) == 12.0
    assert megapixels(4001, 3000) == 12.1
