from __future__ import annotations

import itertools

import numpy as np
import pytest
from PIL import Image

from mlcore.contact_sheet import MAX_SAMPLES, evenly_spaced, sheet_over_time


def sample(level: int, photos: int = 2, side: int = 128) -> Image.Image:
    """Return photos | paintings: photo ``n`` is (n, 0, 0), its painting (level, n, 255)."""
    picture = Image.new("RGB", (2 * side, photos * side))
    for row in range(photos):
        picture.paste((row, 0, 0), (0, row * side, side, (row + 1) * side))
        picture.paste((level, row, 255), (side, row * side, 2 * side, (row + 1) * side))
    return picture


def cells(sheet: Image.Image, columns: int, rows: int, side: int) -> list[list[tuple[int, ...]]]:
    """Return the colour in the middle of every cell, column by column."""
    lefts = [16] + [24 + place * (side + 8) for place in range(1, columns)]
    return [
        [
            sheet.getpixel((left + side // 2, sheet.height - 16 - (rows - row) * (side + 8) + 8 + side // 2))
            for row in range(rows)
        ]
        for left in lefts
    ]


@pytest.mark.parametrize(
    ("length", "places"),
    [(1, [0]), (8, list(range(8))), (9, [0, 1, 2, 3, 5, 6, 7, 8]), (80, [0, 11, 23, 34, 45, 56, 68, 79])],
)
def test_places_are_spread_evenly_from_first_to_last(length, places):
    assert evenly_spaced(length) == places


def test_photos_run_down_and_time_runs_across():
    sheet = sheet_over_time([(10, sample(10)), (20, sample(20)), (30, sample(30))])
    assert cells(sheet, columns=4, rows=2, side=128) == [
        [(0, 0, 0), (1, 0, 0)],
        *([(level, 0, 255), (level, 1, 255)] for level in (10, 20, 30)),
    ]


def test_of_many_samples_the_first_and_the_last_are_shown():
    sheet = sheet_over_time([(step, sample(step, photos=1)) for step in range(1, 101)])
    shown = [column[0][0] for column in cells(sheet, columns=MAX_SAMPLES + 1, rows=1, side=128)]
    assert shown == [0, 1, 15, 29, 43, 58, 72, 86, 100]


def test_every_column_has_a_heading_of_its_own():
    sheet = sheet_over_time([(10, sample(10)), (20_000, sample(20))])
    headings = [np.asarray(sheet.crop((left, 0, left + 128, 40))) for left in (16, 160, 296)]
    assert all((heading < 128).any() for heading in headings)
    assert all((a != b).any() for a, b in itertools.pairwise(headings))


@pytest.mark.parametrize(("side", "photos"), [(32, 1), (1024, 4), (600, 12)])
def test_a_sheet_is_never_tiny_nor_huge(side, photos):
    sheet = sheet_over_time([(step, sample(1, photos, side)) for step in range(1, 12)])
    assert 1000 < sheet.width <= 2500
    assert 120 < sheet.height <= 1700
