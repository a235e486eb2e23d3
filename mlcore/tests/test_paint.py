from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlcore import finishing, sharp_enlargement
from mlcore import paint as painting_module
from mlcore.errors import Cancelled
from mlcore.keep_colors import keep_colors
from mlcore.luma import luma
from mlcore.paint import MAX_FINE_PIXELS, MIN_PAINTED_SIDE, paint, painted_size
from mlcore.paint_options import PaintOptions
from mlcore.photo_file import Photo
from mlcore.progress_report import silent
from mlcore.sharp_enlargement import enlarge_sharply
from mlcore.stylize import stylize
from mlcore.tests.pictures import difference, picture

ROOT = Path(__file__).resolve().parents[2]


class Negative:
    """An engine whose every pixel can be told beforehand; keeps the sizes it was given."""

    name = "negative"
    precision = "uint8"

    def __init__(self):
        self.seen = []

    def paint(self, photo, report=silent):
        self.seen.append((photo.shape[1], photo.shape[0]))
        report(0.5)
        report(1.0)
        return 255 - photo


class Network(Negative):
    """The real network."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def paint(self, photo, report=silent):
        self.seen.append((photo.shape[1], photo.shape[0]))
        return np.asarray(stylize(self.network, Image.fromarray(photo), report))


class Stripes(Negative):
    """Diagonal strokes of the same width in pixels whatever it is given, as the network's are."""

    def paint(self, photo, report=silent):
        super().paint(photo, report)
        rows, columns = np.indices(photo.shape[:2])
        light = np.where((rows * 2 + columns) // 9 % 2, 210, 40)
        return np.stack([light, light // 2 + 30, 255 - light], axis=2).astype(np.uint8)


def grain(width=64, height=48, seed=0):
    """Every pixel another colour: whatever moves or blurs shows."""
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


def chroma(pixels):
    """Cb and Cr of BT.601, (H, W, 2), unrounded."""
    light = luma(pixels)[..., None]
    return (np.asarray(pixels, dtype=float) - light)[..., [2, 0]] / [1.772, 1.402]


def sharpness(image):
    """Mean squared step of lightness between neighbours."""
    light = luma(np.asarray(image))
    return float((np.diff(light, axis=0) ** 2).mean() + (np.diff(light, axis=1) ** 2).mean())


def stroke_width(image):
    """Pixels until the lightness has half lost its likeness to itself, along rows."""
    light = luma(np.asarray(image))
    light = light - light.mean()
    for shift in range(1, light.shape[1]):
        likeness = (light[:, shift:] * light[:, :-shift]).mean() / (light**2).mean()
        if likeness < 0.5:
            return shift
    return light.shape[1]


def test_without_options_the_painting_is_what_the_engine_made(network):
    photo = picture(45, 30)
    painted = paint(Network(network), Photo(photo), PaintOptions())
    assert difference(painted.image, stylize(network, photo)) == 0


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (17, 23), (101, 67), (16, 300)])
@pytest.mark.parametrize("options", [{"brush": 0.25}, {"brush": 0.7}, {"brush": 1.01}, {"brush": 2}, {"brush": 4}])
def test_the_painting_has_exactly_the_size_of_the_photo(size, options):
    painted = paint(Negative(), Photo(picture(*size)), PaintOptions(**options, strength=0.5, keep_colors=True))
    assert painted.image.size == size
    assert painted.image.mode == "RGB"


@pytest.mark.parametrize("brush", [0.5, 2])
def test_the_real_network_paints_with_another_brush_at_the_same_size(network, brush):
    engine = Network(network)
    assert paint(engine, Photo(picture(61, 47)), PaintOptions(brush=brush)).image.size == (61, 47)
    assert engine.seen == [(round(61 / brush), round(47 / brush))]


@pytest.mark.parametrize(
    ("size", "brush", "expected"),
    [
        ((640, 480), 1, (640, 480)),
        ((640, 480), 2, (320, 240)),
        ((640, 480), 0.25, (2560, 1920)),
        ((100, 40), 4, (40, 16)),  # no side below 16
        ((1, 500), 4, (1, 500)),  # below already: as it is
        ((7680, 4320), 0.25, (7680, 4320)),  # above the bound already
    ],
)
def test_what_the_network_sees(size, brush, expected):
    assert painted_size(*size, brush) == expected
    engine = Negative()
    if size[0] * size[1] < 1e6 and brush >= 1:
        paint(engine, Photo(Image.new("RGB", size)), PaintOptions(brush=brush))
        assert engine.seen == [expected]


def test_a_fine_brush_on_a_large_picture_is_bounded_and_keeps_the_aspect():
    width, height = painted_size(3000, 2000, 0.25)
    assert width * height == pytest.approx(MAX_FINE_PIXELS, rel=1e-3)
    assert width / height == pytest.approx(1.5, rel=1e-3)
    assert min(painted_size(4000, 20, 4)) == MIN_PAINTED_SIDE


def test_the_brush_makes_strokes_broader_and_finer():
    photo = Photo(Image.new("RGB", (360, 240)))
    fine, usual, broad, broadest = (
        stroke_width(paint(Stripes(), photo, PaintOptions(brush=brush)).image) for brush in (0.5, 1, 2, 4)
    )
    assert fine < usual
    assert broad == pytest.approx(2 * usual, rel=0.2)
    assert broadest == pytest.approx(4 * usual, rel=0.2)


@pytest.mark.parametrize(("brush", "gain"), [(1.5, 1.05), (2, 1.3), (3, 1.2), (4, 1.3)])
def test_broad_strokes_are_sharper_than_a_plain_enlargement_and_ring_less(brush, gain):
    photo = Image.new("RGB", (360, 240))
    painted = paint(Stripes(), Photo(photo), PaintOptions(brush=brush)).image
    small = Image.fromarray(Stripes().paint(np.zeros((round(240 / brush), round(360 / brush), 3), np.uint8)))
    plain = small.resize(painted.size, Image.Resampling.LANCZOS)
    assert sharpness(painted) > gain * sharpness(plain)
    # The same strokes in the same places …
    assert difference(painted.reduce(8), plain.reduce(8)) < 4
    # … that go beyond the painting's own range half as far.
    own, sharp, ringing = (luma(np.asarray(image)) for image in (small, painted, plain))
    assert own.min() - sharp.min() < 0.6 * (own.min() - ringing.min())
    assert sharp.max() - own.max() < 0.6 * (ringing.max() - own.max())


def test_slanting_strokes_have_fewer_stairs_than_a_plain_enlargement():
    painted = paint(Stripes(), Photo(Image.new("RGB", (360, 240))), PaintOptions(brush=4)).image
    plain = Image.fromarray(Stripes().paint(np.zeros((60, 90, 3), np.uint8)))
    plain = plain.resize((360, 240), Image.Resampling.LANCZOS)

    def unevenness(image):
        # Along its own direction, 2 across for each −1 down, a stroke keeps its lightness.
        light = luma(np.asarray(image))[40:-40, 40:-40]
        return float(np.abs(light[1:, :-2] - light[:-1, 2:]).mean()) / float(light.std())

    assert unevenness(painted) < 0.8 * unevenness(plain)


def test_nothing_of_the_photo_shows_through_broad_strokes():
    options = PaintOptions(brush=2)
    assert difference(
        paint(Stripes(), Photo(grain(80, 60)), options).image,
        paint(Stripes(), Photo(Image.new("RGB", (80, 60))), options).image,
    ) == pytest.approx(0)


@pytest.mark.parametrize("scale", [1.1, 2, 2.7, 4])
def test_an_enlargement_in_pieces_has_no_seams(scale, monkeypatch):
    small = grain(40, 150).resize((30, 120), Image.Resampling.BILINEAR)
    size = (round(30 * scale), round(120 * scale))
    whole = [rows for _, rows in enlarge_sharply(small, size)]
    monkeypatch.setattr(sharp_enlargement, "_PIECE_PIXELS", 1)
    pieces = list(enlarge_sharply(small, size))
    assert len(whole) == 1
    assert len(pieces) > 1
    assert [top for top, _ in pieces] == [0, *np.cumsum([len(rows) for _, rows in pieces])[:-1]]
    joined = np.concatenate([rows for _, rows in pieces])
    # Pillow rounds the place of a box to single precision, which may tip a level; a walk then ends a pixel further.
    apart = np.abs(joined.astype(int) - whole[0])
    assert (apart > 2).mean() < 0.002
    borders = [top for top, _ in pieces][1:]
    assert max(apart[top - 1 : top + 1].mean() for top in borders) < 0.5


def test_a_flat_painting_stays_flat_and_keeps_its_colour():
    flat = Image.new("RGB", (20, 15), (200, 90, 31))
    rows = np.concatenate([rows for _, rows in enlarge_sharply(flat, (50, 38))])
    assert (rows == (200, 90, 31)).all()


@pytest.mark.parametrize("options", [{"strength": 0.3}, {"keep_colors": True}, {"brush": 0.5}, {"brush": 2}])
def test_the_work_in_pieces_does_not_show(options, monkeypatch):
    photo = Photo(picture(70, 90))
    whole = paint(Negative(), photo, PaintOptions(**options)).image
    monkeypatch.setattr(painting_module, "_PIECE_PIXELS", 1)
    monkeypatch.setattr(finishing, "_PIECE_PIXELS", 1)
    apart = np.abs(np.asarray(paint(Negative(), photo, PaintOptions(**options)).image, dtype=int) - np.asarray(whole))
    assert apart.max() <= 1
    assert apart.mean() < 0.05


def test_a_fine_brush_reduces_what_was_painted_larger():
    photo = picture(40, 30)
    large = Image.fromarray(255 - np.asarray(photo.resize((80, 60), Image.Resampling.LANCZOS)))
    painted = paint(Negative(), Photo(photo), PaintOptions(brush=0.5)).image
    assert difference(painted, large.resize((40, 30), Image.Resampling.LANCZOS)) < 0.01


def test_no_strength_is_the_photo_itself_and_asks_no_engine():
    engine, photo = Negative(), Photo(grain(), None, b"exif")
    assert paint(engine, photo, PaintOptions(strength=0, brush=2, keep_colors=True)) == photo
    assert engine.seen == []


@pytest.mark.parametrize("strength", [0.001, 0.25, 0.5, 0.8, 0.999])
def test_strength_mixes_photo_and_painting_evenly(strength):
    photo = grain()
    before = np.asarray(photo, dtype=float)
    expected = before * (1 - strength) + (255 - before) * strength
    mixed = np.asarray(paint(Negative(), Photo(photo), PaintOptions(strength=strength)).image, dtype=float)
    assert np.abs(mixed - expected).max() <= 0.501


def test_kept_colours_are_the_photos_and_the_lightness_is_the_paintings():
    photo, painting = np.asarray(grain(seed=1)), np.asarray(grain(seed=2))
    result = keep_colors(painting, photo)
    assert np.abs(luma(result) - luma(painting)).max() <= 0.51
    wanted = chroma(photo) * [1.772, 1.402]
    blue_red = luma(painting)[..., None] + wanted
    green = luma(painting) - (0.114 * wanted[..., 0] + 0.299 * wanted[..., 1]) / 0.587
    fits = ((blue_red >= 0) & (blue_red <= 255)).all(axis=-1) & (green >= 0) & (green <= 255)
    assert 0.1 < fits.mean() < 0.9  # both kinds are tried
    assert np.abs(chroma(result) - chroma(photo))[fits].max() <= 0.71
    # Outside the range saturation gives way and hue does not.
    was, now = chroma(photo)[~fits], chroma(result)[~fits]
    assert (np.hypot(*now.T) < np.hypot(*was.T) + 0.71).all()
    across = was[:, 0] * now[:, 1] - was[:, 1] * now[:, 0]
    assert (np.abs(across) <= 0.9 * np.hypot(*was.T)).all()


def test_the_colours_of_a_photo_are_kept_by_the_option():
    photo = picture(60, 40, seed=4)
    kept = paint(Negative(), Photo(photo), PaintOptions(keep_colors=True)).image
    assert np.array_equal(np.asarray(kept), keep_colors(255 - np.asarray(photo), np.asarray(photo)))


@pytest.mark.parametrize("lightness", [0, 255])
def test_black_and_white_stay_so_in_the_photos_colours(lightness):
    painting = np.full((48, 64, 3), lightness, np.uint8)
    assert (keep_colors(painting, np.asarray(grain())) == lightness).all()


def test_grey_takes_no_colour():
    photo = np.repeat(np.asarray(grain())[..., :1], 3, axis=2)
    result = keep_colors(np.asarray(grain(seed=3)), photo)
    assert (result == result[..., :1]).all()


@pytest.mark.parametrize("options", [{}, {"strength": 0}, {"brush": 2, "strength": 0.5}])
def test_transparency_and_exif_pass_through(options):
    alpha = Image.linear_gradient("L").resize((64, 48))
    painted = paint(Negative(), Photo(grain(), alpha, b"Exif\0\0..."), PaintOptions(**options))
    assert painted.alpha is alpha
    assert painted.exif == b"Exif\0\0..."


@pytest.mark.parametrize("options", [{}, {"strength": 0}, {"strength": 0.5}, {"brush": 4}, {"brush": 0.5}])
def test_progress_rises_from_nothing_to_all(options, monkeypatch):
    monkeypatch.setattr(painting_module, "_PIECE_PIXELS", 1)
    monkeypatch.setattr(finishing, "_PIECE_PIXELS", 1)
    shares = []
    paint(Negative(), Photo(picture(60, 200)), PaintOptions(**options), shares.append)
    assert shares[0] == 0
    assert shares[-1] == 1
    assert shares == sorted(shares)


@pytest.mark.parametrize("at", [0.3, 0.9])
@pytest.mark.parametrize("options", [{"strength": 0.5}, {"brush": 3}, {"keep_colors": True}])
def test_the_caller_can_stop_the_painting_and_the_finishing(at, options, monkeypatch):
    monkeypatch.setattr(painting_module, "_PIECE_PIXELS", 1)
    monkeypatch.setattr(finishing, "_PIECE_PIXELS", 1)
    monkeypatch.setattr(sharp_enlargement, "_PIECE_PIXELS", 1)
    shares = []

    def stop(share):
        shares.append(share)
        if share >= at:
            raise Cancelled()

    with pytest.raises(Cancelled):
        paint(Negative(), Photo(picture(60, 400)), PaintOptions(**options), stop)
    assert shares[-1] < 1


def test_the_photo_is_left_as_it_was():
    photo = grain()
    before = photo.copy()
    paint(Negative(), Photo(photo), PaintOptions(strength=0.5, keep_colors=True))
    assert difference(photo, before) == 0


MEASURE = """
import sys
from PIL import Image
from mlcore.paint import BYTES_PER_PIXEL, paint
from mlcore.paint_options import PaintOptions
from mlcore.peak_memory import peak_bytes
from mlcore.photo_file import Photo

class Engine:
    name = precision = "none"
    def paint(self, photo, report):
        return photo

brush, width, height = float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
options = PaintOptions(brush=brush, strength=0.5, keep_colors=True)
paint(Engine(), Photo(Image.new("RGB", (64, 64))), options)
photo = Photo(Image.effect_noise((width, height), 80).convert("RGB"))
before = peak_bytes()
paint(Engine(), photo, options)
assert "torch" not in sys.modules
print((peak_bytes() - before) / (width * height * max(1, 1 / brush**2)), BYTES_PER_PIXEL)
"""


@pytest.mark.parametrize(("brush", "size"), [(1, (3840, 2160)), (2, (3840, 2160)), (0.5, (1920, 1080))])
def test_memory_stays_bounded_on_a_large_picture_and_torch_is_not_needed(brush, size):
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *map(str, (brush, *size))],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    taken, promised = map(float, done.stdout.split())
    assert taken < promised + 30e6 / (3840 * 2160)
