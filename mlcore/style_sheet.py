"""One photo in many styles on one picture: the photo first, each painting under its style's name. Needs no torch."""

from __future__ import annotations

import math

from PIL import Image, ImageDraw, ImageFont

GAP = 12
"""White space between cells and around them, pixels."""
MIN_CELL_WIDTH = 96
"""Narrower pictures stand in the middle of a cell of this width, so that a name has room, pixels."""
_INK = (58, 63, 75)
_ELLIPSIS = "…"


class StyleSheet:
    """A white sheet with room for ``count`` pictures of one size, each with a heading.

    Args:
        count: pictures, at least 1.
        size: (width, height) of each, pixels.
    """

    def __init__(self, count: int, size: tuple[int, int]) -> None:
        self._size = size
        self._cell_width = max(MIN_CELL_WIDTH, size[0])
        self._font_size = min(max(self._cell_width // 20, 13), 160)
        self._heading = 2 * self._font_size
        self._columns = math.ceil(math.sqrt(count))
        rows = math.ceil(count / self._columns)
        self._placed = 0
        self.image = Image.new("RGB", (GAP + self._columns * self._step_x, GAP + rows * self._step_y), "white")
        """The sheet, RGB."""

    @property
    def _step_x(self) -> int:
        return self._cell_width + GAP

    @property
    def _step_y(self) -> int:
        return self._heading + self._size[1] + GAP

    def place(self, name: str, picture: Image.Image) -> None:
        """Put the next picture, RGB of the sheet's size, under its name, from left to right and from top to bottom."""
        row, column = divmod(self._placed, self._columns)
        left, top = GAP + column * self._step_x, GAP + row * self._step_y
        draw, font = ImageDraw.Draw(self.image), ImageFont.load_default(self._font_size)
        middle = left + self._cell_width / 2
        draw.text((middle, top + self._heading / 2), self._fitting(name, draw, font), _INK, font, anchor="mm")
        self.image.paste(picture, (left + (self._cell_width - self._size[0]) // 2, top + self._heading))
        self._placed += 1

    def _fitting(self, name: str, draw: ImageDraw.ImageDraw, font: ImageFont.ImageFont | ImageFont.FreeTypeFont) -> str:
        """Return the name, or as much of its beginning as fits above a picture."""
        name = " ".join(name.split())  # a heading has one line
        length = len(name)
        while length and draw.textlength(text := _shortened(name, length), font) > self._cell_width:
            length -= 1
        return text if length else _ELLIPSIS


def _shortened(name: str, length: int) -> str:
    return name if length == len(name) else name[:length].rstrip() + _ELLIPSIS
