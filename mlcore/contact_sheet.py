"""Pictures to judge a style by: photo and painting side by side, and many pairs on one sheet. Needs no torch."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

GAP = 8
"""White space between pairs, pixels."""

MAX_SAMPLES = 8
"""Samples on a sheet over time."""
_SMALLEST_CELL, _LARGEST_CELL = 112, 256
_MAX_ROWS = 6
_HEADING = 34
_INK = (58, 63, 75)


def side_by_side(left: Image.Image, right: Image.Image) -> Image.Image:
    """Return two RGB pictures of one size next to each other."""
    sheet = Image.new("RGB", (left.width + right.width, left.height))
    sheet.paste(left, (0, 0))
    sheet.paste(right, (left.width, 0))
    return sheet


def contact_sheet(pictures: Sequence[Image.Image], columns: int = 3) -> Image.Image:
    """Return at least one picture, all of one size, in rows of ``columns`` on white."""
    width, height = pictures[0].size
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * (width + GAP) - GAP, rows * (height + GAP) - GAP), "white")
    for index, picture in enumerate(pictures):
        row, column = divmod(index, columns)
        sheet.paste(picture, (column * (width + GAP), row * (height + GAP)))
    return sheet


def evenly_spaced(length: int, count: int = MAX_SAMPLES) -> list[int]:
    """Return at most ``count`` (2 or more) of the places 0 to ``length`` - 1, the first and the last among them."""
    if length <= count:
        return list(range(length))
    return [round(place * (length - 1) / (count - 1)) for place in range(count)]


def sheet_over_time(samples: Sequence[tuple[int, Image.Image]]) -> Image.Image:
    """Return one sheet of bounded size: the photos down, time across.

    Args:
        samples: at least one (step, photos | paintings of them), both halves squares one below the other. Of more than
            :data:`MAX_SAMPLES` some are left out; the first column shows the photos of the first.
    """
    chosen = [samples[place] for place in evenly_spaced(len(samples))]
    first = chosen[0][1]
    columns = [("photo", _half(first, 0)), *((f"step {step:,}", _half(picture, 1)) for step, picture in chosen)]
    rows = max(1, min(_MAX_ROWS, round(first.height / (first.width / 2))))
    side = min(_LARGEST_CELL, max(_SMALLEST_CELL, first.width // 2))
    size = (4 * GAP + len(columns) * (side + GAP), _HEADING + 2 * GAP + rows * (side + GAP))
    sheet = Image.new("RGB", size, "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(17)
    left = 2 * GAP
    for heading, column in columns:
        draw.text((left + side / 2, GAP + _HEADING / 2), heading, _INK, font, anchor="mm")
        for row in range(rows):
            box = (0, row * column.width, column.width, min((row + 1) * column.width, column.height))
            cell = column.resize((side, side), Image.Resampling.LANCZOS, box=box)
            sheet.paste(cell, (left, GAP + _HEADING + row * (side + GAP)))
        left += side + (2 * GAP if heading == "photo" else GAP)
    return sheet


def _half(picture: Image.Image, place: int) -> Image.Image:
    width = picture.width // 2
    return picture.crop((place * width, 0, (place + 1) * width, picture.height))
