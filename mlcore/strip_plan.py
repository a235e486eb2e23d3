"""How a picture is cut into strips, and what is kept of it between one layer and the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

ROW_CHANNELS = 32
"""Values in a row of any of the network's maps, for each column of the photo: 32 channels, 64 at half its width, …"""
MIN_STRIP_ROWS = 8
_MOST_THREADS = 16
"""Of a CPU; more get no larger strips, so that memory stays bounded."""
_GPU_THREADS = 160
_BUFFER_BYTES = 60_000_000
"""Beside the strips: 7 to 53 MB were measured, for the C library keeps freed blocks between those in use."""
_BYTES_PER_STRIP_VALUE = 40


@dataclass(frozen=True)
class StripPlan:
    """How much memory to spend on speed. Pixels count the photo's.

    Every map has rows of :data:`ROW_CHANNELS` values a column: the widest as many as the photo, the others half or a
    quarter. All lie in one piece of memory, the workspace, and a convolution's result takes the place of its input.
    """

    strip_values: int = 400_000
    """Values of a strip for each of a CPU's threads: few enough for its caches, enough to be worth the calls."""
    keep_pixels: int = 4_000_000
    """Up to here the two widest maps are kept, 128 bytes a pixel; beyond they are computed twice, in 64."""
    single_pixels: int = 16_000_000
    """Up to here maps are kept in single precision, beyond in half: 32 bytes a pixel."""

    def keeps_widest(self, height: int, width: int) -> bool:
        """Return whether the maps at the photo's own size are kept, not computed twice."""
        return height * width <= self.keep_pixels

    def stored_type(self, height: int, width: int, like: Tensor) -> torch.dtype:
        """Return the type of the maps in the workspace, for a network that computes in the type of ``like``."""
        return like.dtype if height * width <= self.single_pixels else torch.half

    def workspace_bytes(self, height: int, width: int) -> int:
        """Return the size of the workspace for a photo of ``height`` × ``width``."""
        rows = height if self.keeps_widest(height, width) else height // 2
        return rows * width * ROW_CHANNELS * (4 if height * width <= self.single_pixels else 2)

    def strip_bytes(self, width: int, device: torch.device | None = None) -> int:
        """Return what the strips of a photo take at most, on a CPU unless ``device`` says otherwise; measured."""
        values = self._strip_rows(width, device or torch.device("cpu")) * ROW_CHANNELS * width
        return _BUFFER_BYTES + _BYTES_PER_STRIP_VALUE * values

    def strips(self, height: int, width: int, device: torch.device) -> Iterator[tuple[int, int]]:
        """Yield first and last (exclusive) row of each strip of a map of ``height`` rows.

        Args:
            height: of the map, even.
            width: of the photo.
            device: where the strips are computed; a GPU gets larger ones.
        """
        count = -(-height // self._strip_rows(width, device))
        first = 0
        for index in range(1, count + 1):
            # Strips end below an odd number of rows: there EnlargingKernel's cells, two rows each, end too.
            last = height if index == count else height * index // count | 1
            yield first, last
            first = last

    def _strip_rows(self, width: int, device: torch.device) -> int:
        threads = min(torch.get_num_threads(), _MOST_THREADS) if device.type == "cpu" else _GPU_THREADS
        return max(MIN_STRIP_ROWS, threads * self.strip_values // (ROW_CHANNELS * width))


class Workspace:
    """One piece of memory in which all maps of a picture lie, one after the other.

    A map at its top and one at its bottom do not touch unless one has all rows. A map may be read and another written
    over it from the top down in these ways, in which no row is overwritten before it has been read:

    * at the top, a map of as many rows or of half as many;
    * at the bottom, a map of as many rows, or of twice as many, each two made of one.
    """

    def __init__(self, plan: StripPlan, height: int, width: int, like: Tensor) -> None:
        self._row = ROW_CHANNELS * width
        rows = height if plan.keeps_widest(height, width) else height // 2
        kind = plan.stored_type(height, width, like)
        self._values = torch.empty(rows * self._row, dtype=kind, device=like.device)

    def top(self, rows: int, width: int) -> Tensor:
        """Return a map of the first rows, (rows, width, channels)."""
        return self._values[: rows * self._row].view(rows, width, -1)

    def bottom(self, rows: int, width: int) -> Tensor:
        """Return a map of the last rows, (rows, width, channels)."""
        return self._values[len(self._values) - rows * self._row :].view(rows, width, -1)
