"""The kernels in ``native/``, layer by layer, on arrays; see their sources for what they compute."""

from __future__ import annotations

import ctypes
import enum
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mlcore.engines.engine import Pixels
from mlcore.engines.native_weights import Floats, Norm
from mlcore.engines.thread_team import ThreadTeam

Advance = Callable[[float], None]
"""Called with the share of the layer that is done."""

# Rows of tiles and tiles in a piece: enough to be worth a call, few enough for the cache and for all threads.
_TILE_ROWS, _TILES = 8, 12

_FIRST_POINTERS = ("photo", "weights", "map", "totals", "work")
_POINTERS = ("input", "scale", "shift", "residual", "weights", "keep", "map", "totals", "work")
_LAST_POINTERS = ("input", "scale", "shift", "weights", "bias", "painting", "work")


class Resize(enum.IntEnum):
    """What a convolution does to the size; the numbers are the kernels'."""

    SAME, ENLARGE, HALVE = range(3)


class _FirstConvolution(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in _FIRST_POINTERS] + [
        (name, ctypes.c_int64) for name in ("height", "width", "out_channels", "map_row")
    ]


class _Convolution(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in _POINTERS] + [
        (name, ctypes.c_int64)
        for name in ("height", "width", "in_channels", "out_channels", "input_row", "map_row", "resize", "tiles")
    ]


class _LastConvolution(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in _LAST_POINTERS] + [
        (name, ctypes.c_int64) for name in ("height", "width", "in_channels", "input_row", "linear")
    ]


class Activation:
    """A convolution's output, (H, W, C), and the scale and shift, (C,) each, that normalise it."""

    def __init__(self, values: Floats, norm: Norm, totals: NDArray[np.float64]) -> None:
        self.values = values
        # Pieces are summed in their order, so that the result does not depend on which thread did which.
        self.scale, self.shift = norm.scale_and_shift(totals)


class NativeLayers:
    """Layers computed by a team of threads."""

    def __init__(self, library: ctypes.CDLL, team: ThreadTeam) -> None:
        self._library, self._team = library, team

    def photo(self, photo: Pixels, kernel: Floats, norm: Norm, out: Floats, advance: Advance) -> Activation:
        """conv1 of a photo, (H, W, 3), into ``out``, (H, W, C)."""
        height, width, channels = out.shape
        tile_rows = -(-height // 3)
        totals = _totals(-(-tile_rows // _TILE_ROWS), channels)

        def work(piece: int, memory: int) -> None:
            layer = _FirstConvolution(
                *(_address(photo), _address(kernel), _address(out), _address(totals[piece]), memory),
                *(height, width, channels, _row(out)),
            )
            top = piece * _TILE_ROWS
            self._library.convolve_photo(ctypes.byref(layer), top, min(top + _TILE_ROWS, tile_rows))

        self._run(len(totals), self._library.photo_work(_TILE_ROWS, channels), work, advance)
        return Activation(out, norm, totals)

    def convolved(
        self,
        before: Activation,
        kernel: Floats,
        norm: Norm,
        out: Floats,
        advance: Advance,
        *,
        skipped: Floats | None = None,
        keep: Floats | None = None,
        resize: Resize = Resize.SAME,
    ) -> Activation:
        """Any convolution between the first and the last, (H, W, C) into the same, half or twice the size.

        Args:
            before: read through its norm and a ReLU.
            kernel: packed.
            norm: that follows.
            out: filled.
            advance: told the share done.
            skipped: added to ``before``, which then has no ReLU: the skip connection of the block before.
            keep: filled with what was read, for this block's skip connection.
            resize: stride 2, or repeat pixels ×2 first.
        """
        height, width, in_channels = before.values.shape
        channels = out.shape[-1]
        # 6 × 6 pixels of the output to a tile, 7 × 7 where it is halved, or 7 × 7 corners of the input, of which there
        # is one more each way than there are pixels.
        sides = {
            Resize.SAME: (-(-height // 6), -(-width // 6)),
            Resize.ENLARGE: (-(-(height + 1) // 7), -(-(width + 1) // 7)),
            Resize.HALVE: (-(-(height // 2) // 7), -(-(width // 2) // 7)),
        }[resize]
        tiles = sides[0] * sides[1]
        inputs = 4 * in_channels if resize is Resize.HALVE else in_channels
        outputs = 4 * channels if resize is Resize.ENLARGE else channels
        totals = _totals(-(-tiles // _TILES), channels)

        def work(piece: int, memory: int) -> None:
            layer = _Convolution(
                *(_address(before.values), _address(before.scale), _address(before.shift)),
                *(_address(skipped), _address(kernel), _address(keep), _address(out), _address(totals[piece]), memory),
                *(height, width, in_channels, channels, _row(before.values), _row(out), resize, _TILES),
            )
            first = piece * _TILES
            self._library.convolve_inner(ctypes.byref(layer), first, min(first + _TILES, tiles))

        self._run(len(totals), 64 * (_TILES * (inputs + outputs) + 32), work, advance)
        return Activation(out, norm, totals)

    def painting(
        self, before: Activation, kernel: Floats, bias: Floats, linear: bool, out: Pixels, advance: Advance
    ) -> None:
        """conv_out and what follows it, (H, W, C) into RGB, (H, W, 3)."""
        height, width, in_channels = before.values.shape
        tile_rows = -(-height // 3)

        def work(piece: int, memory: int) -> None:
            layer = _LastConvolution(
                *(_address(before.values), _address(before.scale), _address(before.shift), _address(kernel)),
                *(_address(bias), _address(out), memory, height, width, in_channels, _row(before.values), linear),
            )
            top = piece * _TILE_ROWS
            self._library.convolve_painting(ctypes.byref(layer), top, min(top + _TILE_ROWS, tile_rows))

        self._run(-(-tile_rows // _TILE_ROWS), self._library.painting_work(in_channels), work, advance)

    def _run(self, pieces: int, numbers: int, work: Callable[[int, int], None], advance: Advance) -> None:
        self._team.run(pieces, numbers, work, lambda begun: advance(begun / pieces))
        advance(1.0)


def _totals(pieces: int, channels: int) -> NDArray[np.float64]:
    """Count, mean and sum of squared differences from it for every piece."""
    return np.zeros((pieces, 3, channels))


def _address(array: NDArray[np.generic] | None) -> int | None:
    return None if array is None else array.ctypes.data


def _row(values: Floats) -> int:
    """Return how many numbers lie between a map's rows."""
    return values.strides[0] // values.itemsize
