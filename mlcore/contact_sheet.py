"""Pictures to judge a style by: photo and painting side by side, and many pairs on one sheet. Needs no torch."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

GAP = 8
"""White space between pairs, pixels."""


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
