"""What every engine does. Needs no torch."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mlcore.progress_report import Report, silent

Pixels = NDArray[np.uint8]
"""RGB, (H, W, 3), 0 to 255."""


class Engine(Protocol):
    """One trained style, ready to paint photos of any size."""

    @property
    def name(self) -> str:
        """Which engine: torch, openvino, onnxruntime or native."""

    @property
    def precision(self) -> str:
        """What it computes in: float32, float16 or int8."""

    def paint(self, photo: Pixels, report: Report = silent) -> Pixels:
        """Return ``photo`` painted, at the same size.

        Args:
            photo: RGB, (H, W, 3), any H and W of at least 1.
            report: called with the share done, 0 to 1; what it raises stops the painting.

        Raises:
            OutOfMemory: the painting needs more memory than there is.
        """
