"""The kernels in ``native/``, layer by layer, on arrays; see their sources for what they compute."""

from __future__ import annotations

import ctypes
import enum
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mlcore.engines.engine import Pixels
from mlcore.engines.native_weights import Floats, Kept, Norm
from mlcore.engines.thread_team import ThreadTeam

Advance = Callable[[float], None]
"""Called with the share of the layer that is done."""

_TILES = 12
"""In a piece: enough to be worth reading the weights for, few enough for the cache and for all threads."""

_FIRST_POINTERS = ("photo", "colour", "weights", "map", "totals")
_POINTERS = ("input", "scale", "shift", "floor", "residual", "weights", "keep", "map", "totals")
_LAST_POINTERS = ("input", "scale", "shift", "weights", "bias", "painting")


_Function = Callable[..., object]
"""One of the library's."""


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
        for name in (
            "height",
            "width",
            "in_channels",
            "out_channels",
            "input_row",
            "map_row",
            "resize",
            "tiles",
            "pieces",
        )
    ]


class _LastConvolution(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in _LAST_POINTERS] + [
        (name, ctypes.c_int64) for name in ("height", "width", "in_channels", "input_row", "linear")
    ]


class Activation:
    """A convolution's output, (H, W, C), and how it is read by the next."""

    def __init__(self, values: Kept, norm: Norm, totals: NDArray[np.float64]) -> None:
        self.values = values
        # Pieces are summed in their order, so that the result does not depend on which thread did which.
        self.reading = norm.reading(totals)


class NativeLayers:
    """Layers computed by a team of threads."""

    def __init__(self, library: ctypes.CDLL, team: ThreadTeam) -> None:
        self._library, self._team = library, team

    def photo(self, photo: Pixels, kernel: Kept, norm: Norm, out: Kept, advance: Advance) -> Activation:
        """conv1 of a photo, (H, W, 3), into ``out``, (H, W, C)."""
        height, width, channels = out.shape
        totals = _totals(self._library.photo_pieces(height, width), channels)
        # Roughly the photo's mean, exactly its colour where it has only one.
        colour = photo[::8, ::8].mean(axis=(0, 1), dtype=np.float64).astype(np.float32)
        layer = _FirstConvolution(
            *(_address(photo), _address(colour), _address(kernel), _address(out), _address(totals)),
            *(height, width, channels, _row(out)),
        )
        numbers = self._library.photo_work(channels)
        self._run(self._library.convolve_photo, layer, len(totals), numbers, advance)
        return Activation(out, norm, totals)

    def convolved(
        self,
        before: Activation,
        kernel: Kept,
        norm: Norm,
        out: Kept,
        advance: Advance,
        *,
        skipped: Kept | None = None,
        keep: Kept | None = None,
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

        reading = before.reading
        shift = reading.shift if skipped is None else reading.sum_shift
        layer = _Convolution(
            *(_address(before.values), _address(reading.scale), _address(shift), _address(reading.floor)),
            *(_address(skipped), _address(kernel), _address(keep), _address(out), _address(totals)),
            *(height, width, in_channels, channels, _row(before.values), _row(out), resize, _TILES, len(totals)),
        )
        numbers = 64 * (_TILES * (inputs + outputs) + 32)
        self._run(self._library.convolve_inner, layer, len(totals), numbers, advance)
        return Activation(out, norm, totals)

    def painting(
        self, before: Activation, kernel: Kept, bias: Floats, linear: bool, out: Pixels, advance: Advance
    ) -> None:
        """conv_out and what follows it, (H, W, C) into RGB, (H, W, 3)."""
        height, width, in_channels = before.values.shape
        reading = before.reading
        layer = _LastConvolution(
            *(_address(before.values), _address(reading.scale), _address(reading.last_shift), _address(kernel)),
            *(_address(bias), _address(out), height, width, in_channels, _row(before.values), linear),
        )
        pieces, numbers = self._library.painting_pieces(height, width), self._library.painting_work(in_channels)
        self._run(self._library.convolve_painting, layer, pieces, numbers, advance)

    def _run(self, function: _Function, layer: ctypes.Structure, pieces: int, numbers: int, advance: Advance) -> None:
        def work(following: ctypes.c_int64, at_most: int, memory: int) -> None:
            function(ctypes.byref(layer), ctypes.byref(following), at_most, memory)

        self._team.run(pieces, numbers, work, lambda begun: advance(begun / pieces))
        advance(1.0)


def _totals(pieces: int, channels: int) -> NDArray[np.float64]:
    """Count, mean and sum of squared differences from it for every piece."""
    return np.zeros((pieces, 3, channels))


def _address(array: NDArray[np.generic] | None) -> int | None:
    return None if array is None else array.ctypes.data


def _row(values: Kept) -> int:
    """Return how many numbers lie between a map's rows."""
    return values.strides[0] // values.itemsize
