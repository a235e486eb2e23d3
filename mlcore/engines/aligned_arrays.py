"""Arrays that begin where a line of the processor's cache does, so that no vector of them lies across two lines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LINE = 64
"""Bytes."""


def aligned_empty(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return an uninitialised float32 array."""
    count = int(np.prod(shape, dtype=np.int64))
    memory = np.empty(count * 4 + _LINE, np.uint8)
    start = -memory.ctypes.data % _LINE
    return memory[start : start + count * 4].view(np.float32).reshape(shape)


def aligned_copy(array: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return ``array`` in float32."""
    copy = aligned_empty(array.shape)
    copy[...] = array
    return copy
