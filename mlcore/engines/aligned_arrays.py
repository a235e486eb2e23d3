"""Arrays that begin where a line of the processor's cache does, so that no vector of them lies across two lines."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_LINE = 64
"""Bytes."""
_FLOAT32 = np.dtype(np.float32)


def aligned_empty(shape: tuple[int, ...], kind: np.dtype[np.floating] = _FLOAT32) -> NDArray[Any]:
    """Return an uninitialised array, of float32 unless another kind is asked for."""
    size = int(np.prod(shape, dtype=np.int64)) * kind.itemsize
    memory = np.empty(size + _LINE, np.uint8)
    start = -memory.ctypes.data % _LINE
    return memory[start : start + size].view(kind).reshape(shape)


def aligned_copy(array: NDArray[np.floating], kind: np.dtype[np.floating] = _FLOAT32) -> NDArray[Any]:
    """Return ``array`` in float32, or as numbers of another kind."""
    copy = aligned_empty(array.shape, kind)
    copy[...] = array
    return copy
