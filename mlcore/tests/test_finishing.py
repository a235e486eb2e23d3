"""A painting taken apart into master and finishing is the same painting."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlcore.errors import ImageError
from mlcore.finishing import finish, is_plain
from mlcore.keep_colors import keep_colors
from mlcore.master_file import WEBP_LONGEST_SIDE, encode_master, master_format, read_master
from mlcore.paint import paint, paint_master
from mlcore.paint_options import PaintOptions
from mlcore.photo_file import Photo
from mlcore.progress_report import silent
from mlcore.provenance import Provenance
from mlcore.tests.pictures import difference, picture

ROOT = Path(__file__).resolve().parents[2]
MADE = Provenance(style="Waves", style_sha256="a" * 64, options={"brush": 2.0}, engine="native", precision="float32")


class Turned:
    """An engine that turns the negative round: nothing of the photo is left in its place."""

    name = precision = "none"

    def paint(self, photo, report=silent):
        return np.ascontiguousarray((255 - photo)[::-1, ::-1])


def grain(width=64, height=48, seed=0):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


@pytest.mark.parametrize("brush", [0.5, 1, 1.5, 4])
def test_a_master_finished_later_is_what_would_have_been_painted_at_once(brush):
    photo = picture(61, 83)
    stored, _ = read_master(encode_master(paint_master(Turned(), photo, brush), MADE))
    for strength, kept in itertools.product((0, 0.3, 0.55, 1), (False, True)):
        options = PaintOptions(strength=strength, keep_colors=kept, brush=brush)
        at_once = paint(Turned(), Photo(photo), options).image
        assert finish(stored, photo, strength=strength, keep_colors=kept).tobytes() == at_once.tobytes()


def test_a_master_is_at_full_strength_in_the_styles_own_colours():
    photo = grain()
    assert np.array_equal(np.asarray(paint_master(Turned(), photo, 1)), (255 - np.asarray(photo))[::-1, ::-1])


def test_no_strength_is_the_photo_and_full_strength_the_master():
    master, photo = grain(seed=1), grain(seed=2)
    for kept in (False, True):
        assert finish(master, photo, strength=0, keep_colors=kept) is photo
    assert finish(master, photo, strength=1, keep_colors=False) is master
    assert [is_plain(PaintOptions(**one)) for one in ({}, {"strength": 0.9}, {"keep_colors": True})] == [
        True,
        False,
        False,
    ]


def test_colours_come_back_before_the_photo_does():
    master, photo = grain(seed=1), grain(seed=2)
    result = np.asarray(finish(master, photo, strength=0.4, keep_colors=True), dtype=float)
    coloured = keep_colors(np.asarray(master), np.asarray(photo))
    assert np.abs(result - (coloured * 0.4 + np.asarray(photo) * 0.6)).max() <= 0.501


def test_pictures_of_different_sizes_are_refused():
    with pytest.raises(ValueError, match=r"\(64, 48\).*\(64, 47\)"):
        finish(grain(), grain(64, 47), strength=1, keep_colors=False)


@pytest.mark.parametrize("size", [(1, 1), (257, 130)])
def test_a_stored_master_loses_nothing_and_says_how_it_was_made(size):
    master = grain(*size)
    content = encode_master(master, MADE)
    assert content[8:12] == b"WEBP"
    assert content == encode_master(master, MADE), "the same bytes for the same picture"
    again, made = read_master(content)
    assert (again.mode, difference(again, master)) == ("RGB", 0)
    assert made == MADE


def test_what_is_too_long_for_webp_becomes_png():
    assert master_format(WEBP_LONGEST_SIDE, 1) == "WEBP"
    master = grain(WEBP_LONGEST_SIDE + 1, 2)
    assert master_format(*master.size) == "PNG"
    content = encode_master(master, MADE)
    assert content.startswith(b"\x89PNG")
    again, made = read_master(content)
    assert difference(again, master) == 0
    assert made == MADE


def test_a_damaged_master_is_an_error():
    content = encode_master(grain(), MADE)
    for broken in (b"", b"no picture", content[: len(content) // 2]):
        with pytest.raises(ImageError):
            read_master(broken)


MEASURE = """
import resource, sys
import numpy as np
from PIL import Image
from mlcore.finishing import BYTES_PER_PIXEL, finish

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

def picture(seed, width, height):
    return Image.effect_noise((width, height), 80 + seed).convert("RGB")

finish(picture(0, 64, 64), picture(1, 64, 64), strength=0.5, keep_colors=True)
master, photo = picture(0, 3840, 2160), picture(1, 3840, 2160)
before = peak()
finish(master, photo, strength=0.5, keep_colors=True)
assert "torch" not in sys.modules
print((peak() - before) / (3840 * 2160), BYTES_PER_PIXEL)
"""


def test_finishing_takes_no_more_memory_than_stated_and_no_torch():
    done = subprocess.run([sys.executable, "-c", MEASURE], cwd=ROOT, capture_output=True, text=True, check=True)
    taken, promised = map(float, done.stdout.split())
    assert taken < promised + 10e6 / (3840 * 2160)
