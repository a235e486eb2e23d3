"""Pictures and maps of which some rows are read at a time, with the margin that a convolution needs."""

from __future__ import annotations

from typing import Literal, Protocol

import numpy as np
import torch
from torch import Tensor

from mlcore.engines.engine import Pixels

Edge = Literal["reflect", "replicate"]


class Rows(Protocol):
    """A picture or map, (height, width, channels), whose rows are read in pieces from top to bottom."""

    @property
    def size(self) -> tuple[int, int, int]:
        """Height, width, channels."""

    def read(self, first: int, last: int) -> Tensor:
        """Return the rows ``first`` to ``last`` (exclusive), (last − first, width, channels)."""


class StoredRows:
    """A map in memory, (height, width, channels), of any precision; read without a copy."""

    def __init__(self, values: Tensor) -> None:
        self.values = values

    @property
    def size(self) -> tuple[int, int, int]:
        """Height, width, channels."""
        height, width, channels = self.values.shape
        return height, width, channels

    def read(self, first: int, last: int) -> Tensor:
        """Return a view of the rows ``first`` to ``last`` (exclusive)."""
        return self.values[first:last]


class PhotoRows:
    """A photo of 8 bits a channel as RGB in [0, 1], extended right and bottom by reflection.

    Args:
        pixels: (H, W, 3).
        size: (height, width) to extend to, at least (H, W).
        like: what the rows shall have the type and device of.
    """

    def __init__(self, pixels: Pixels, size: tuple[int, int], like: Tensor) -> None:
        self._pixels, self._like = pixels, like
        self._height, self._width = size
        self._columns = reflected_indices(pixels.shape[1], self._width).numpy()
        self._rows = reflected_indices(pixels.shape[0], self._height).numpy()

    @property
    def size(self) -> tuple[int, int, int]:
        """Height and width as extended, 3."""
        return self._height, self._width, 3

    def read(self, first: int, last: int) -> Tensor:
        """Return the rows ``first`` to ``last`` (exclusive), in [0, 1]."""
        height, width = self._pixels.shape[:2]
        # A copy of these rows alone: torch takes no read-only array, and Pillow's are.
        rows = np.array(self._pixels[first:last] if last <= height else self._pixels[self._rows[first:last]])
        if width < self._width:
            rows = rows[:, self._columns]
        return torch.from_numpy(rows).to(self._like.device).to(self._like.dtype).div_(255)


class PaddedRows:
    """Rows with a margin on every side, as a convolution's input; neighbouring strips share theirs without a new read.

    That the rows a strip shares with the one before are kept here has two uses: rows computed on the fly are computed
    once, and a convolution may write its result where its input was, as far as that has been read.

    Args:
        rows: what to pad.
        margin: rows and columns to add on every side, fewer than the map has.
        edge: by what: "reflect" mirrors at the middle of the outermost pixel, "replicate" repeats it.
        like: what the padded rows shall have the type and device of.
        threshold: lower bound of every channel, (channels,); none: values stay as they are.
    """

    def __init__(self, rows: Rows, margin: int, edge: Edge, like: Tensor, threshold: Tensor | None = None) -> None:
        self.rows = rows
        self._margin, self._edge, self._like, self._threshold = margin, edge, like, threshold
        self._kept: Tensor | None = None
        self._first = 0

    def read(self, first: int, last: int) -> Tensor:
        """Return the rows ``first`` to ``last`` (exclusive), up to ``margin`` of them outside the map on either side.

        Returns:
            (last − first, width + 2 · margin, channels), contiguous.
        """
        height, width, channels = self.rows.size
        padded = self._like.new_empty((last - first, width + 2 * self._margin, channels))
        done = first
        if self._kept is not None and self._first <= first:
            shared = self._kept[first - self._first :][: last - first]
            padded[: len(shared)] = shared
            done += len(shared)
        inside_first, inside_last = max(done, 0), min(last, height)
        if inside_first < inside_last:
            self._fill(padded[inside_first - first : inside_last - first], inside_first, inside_last)
        for row in (*range(done, min(0, last)), *range(max(done, height), last)):
            padded[row - first] = padded[self._inside(row, height) - first]
        self._kept, self._first = padded, first
        return padded

    def _fill(self, padded: Tensor, first: int, last: int) -> None:
        margin = self._margin
        width = padded.shape[1] - 2 * margin
        values, middle = self.rows.read(first, last), padded[:, margin : margin + width]
        if self._threshold is None:
            middle.copy_(values)
        elif values.dtype == padded.dtype:
            torch.maximum(values, self._threshold, out=middle)
        else:  # torch mixes types slowly
            torch.maximum(middle.copy_(values), self._threshold, out=middle)
        for outside in (*range(-margin, 0), *range(width, width + margin)):
            padded[:, margin + outside] = middle[:, self._inside(outside, width)]

    def _inside(self, index: int, length: int) -> int:
        if self._edge == "replicate":
            return min(max(index, 0), length - 1)
        return abs(index) if index < length else 2 * (length - 1) - index


def reflected_indices(length: int, wanted: int) -> Tensor:
    """Return which of ``length`` pixels stands at each of ``wanted`` ≥ ``length``: reflected at the end.

    A sliver of a few pixels, which has fewer than are to be added, repeats its last one instead.
    """
    indices = torch.arange(wanted)
    if wanted - length < length:
        return torch.where(indices < length, indices, 2 * (length - 1) - indices)
    return indices.clamp(max=length - 1)
