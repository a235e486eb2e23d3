"""What painting a photo takes of memory is what is documented, and so a photo of 33 megapixels takes less than 3 GB."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from mlcore.errors import OutOfMemory
from mlcore.paint_pixels import paint_pixels, painting_bytes
from mlcore.strip_plan import StripPlan
from mlcore.tests.conftest import ROOT

MEASURE = """
import sys
import numpy as np
from mlcore.paint_pixels import paint_pixels, painting_bytes
from mlcore.peak_memory import peak_bytes
from mlcore.strip_plan import StripPlan
from mlcore.transformer_network import TransformerNetwork

class Enough(Exception):
    pass

def report(share):
    if share > enough:
        raise Enough

height, width, single_pixels = map(int, sys.argv[1:4])
enough = float(sys.argv[4])
plan = StripPlan(single_pixels=single_pixels)
network = TransformerNetwork().eval()
paint_pixels(network, np.zeros((64, 64, 3), np.uint8))
photo = np.full((height, width, 3), 90, np.uint8)
before = peak_bytes()
try:
    paint_pixels(network, photo, report, plan)
except Enough:
    pass
print(peak_bytes() - before, painting_bytes(height, width, plan))
"""


def measured(*arguments: float) -> tuple[int, int]:
    """Return by how much painting raised the peak, and what is documented."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    taken, documented = done.stdout.split()
    return int(taken), int(documented)


@pytest.mark.parametrize(
    ("height", "width", "single_pixels", "enough"),
    [
        (768, 768, 10**9, 1),
        (64, 7680, 0, 1),  # what strips of the largest photo take
        # Enough for the workspace, whose last byte is in use then: what comes later takes the place of what was.
        (2000, 3000, 0, 0.2),
    ],
)
def test_memory_stays_within_what_is_documented(height, width, single_pixels, enough):
    taken, documented = measured(height, width, single_pixels, enough)
    assert taken <= documented
    assert taken >= documented / 2.5  # an estimate far too high would refuse what could be painted


def test_a_photo_of_33_megapixels_is_painted_in_less_than_3_gb():
    pixels = 4320 * 7680
    beside = 3 * pixels + 2 * 4 * pixels + 500e6  # the photo, Pillow's photo and painting, Python and torch
    assert painting_bytes(4320, 7680) + beside < 3e9


def test_less_is_taken_for_each_pixel_the_larger_the_photo():
    plan = StripPlan()
    for_each = [plan.workspace_bytes(side, side) / side**2 for side in (1000, 3000, 6000)]
    assert for_each == [128, 64, 32]


def test_too_little_memory_is_told_with_advice(network):
    photo = np.broadcast_to(np.zeros((1, 1, 3), np.uint8), (2**20, 2**20, 3))  # 3 TB, if they were there
    with pytest.raises(OutOfMemory, match="smaller size") as caught:
        paint_pixels(network, photo)
    assert caught.value.code == "out_of_memory"
