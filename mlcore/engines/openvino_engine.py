"""Painting with OpenVINO on a CPU, in float32 or int8. Needs no torch."""

from __future__ import annotations

import functools
from typing import Literal

import numpy as np
import openvino as ov

from mlcore.engines.deviation import Deviation
from mlcore.engines.engine import Pixels
from mlcore.engines.openvino_core import openvino_core
from mlcore.engines.openvino_graph import build_model
from mlcore.engines.padded_pixels import padded_pixels
from mlcore.engines.quantisation import Quantisation, Ranges
from mlcore.engines.style_weights import StyleWeights
from mlcore.errors import OutOfMemory, is_out_of_memory
from mlcore.progress_report import Report, silent

_MULTIPLE = 4
BYTES_PER_PIXEL = 310
"""What a painting takes for each of its pixels, float32 or int8, beside some 130 MB for Python and the libraries."""
_KEPT_PIXELS = 1 << 20
"""The memory of smaller photos is kept for the next: 320 MB at most, which a new photo would wait 0.1 s for."""
_PATIENCE_MS = 100
"""Milliseconds between two calls of ``report`` while a photo is painted."""


class OpenVinoEngine:
    """One style, compiled for photos of any size; for one thread at a time.

    Args:
        weights: the style.
        quantised: compute in int8 with these ranges, or with what was found of the style, which ``deviation`` then
            tells; ``None`` for float32.
        threads: how many to compute with; ``None`` for as many as there are cores. Workers side by side share them.
    """

    name = "openvino"

    def __init__(
        self, weights: StyleWeights, quantised: Ranges | Quantisation | None = None, *, threads: int | None = None
    ) -> None:
        ranges = quantised.ranges if isinstance(quantised, Quantisation) else quantised
        self.deviation: Deviation | None = quantised.deviation if isinstance(quantised, Quantisation) else None
        """What was measured against float32; ``None`` where nothing was, or it is float32 itself."""
        self.precision: Literal["float32", "int8"] = "int8" if ranges else "float32"
        self._compile = functools.partial(compile_model, build_model(weights, ranges), threads)
        self._model = self._compile()
        self._request = self._model.create_infer_request()

    def paint(self, photo: Pixels, report: Report = silent) -> Pixels:
        """Return ``photo`` painted, at the same size; see :class:`mlcore.engines.engine.Engine`.

        The photo is painted in one piece, so ``report`` hears 0 until it is 1; what it raises stops the work within
        one layer.

        Raises:
            OutOfMemory: the painting needs more memory than there is.
        """
        height, width = photo.shape[:2]
        report(0.0)
        try:
            painting = self._infer(padded_pixels(photo, _MULTIPLE), report)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error) and "Failed to allocate" not in str(error):
                raise
            # What failed to allocate is asked for again even for the smallest photo.
            del self._request, self._model
            self._model = self._compile()
            self._request = self._model.create_infer_request()
            raise OutOfMemory(
                f"Painting {width}×{height} pixels takes about {height * width * BYTES_PER_PIXEL / 2**20:,.0f} MB, "
                "more than there is. Choose a smaller size."
            ) from error
        finally:
            # Else it would hold what the largest photo took for ever.
            if height * width > _KEPT_PIXELS:
                self._model.release_memory()
        report(1.0)
        return painting[:height, :width]

    def _infer(self, photo: Pixels, report: Report) -> Pixels:
        # OpenVINO reads the array where it is and must find it whole.
        tensor = ov.Tensor(np.ascontiguousarray(photo)[None])
        self._request.set_input_tensor(tensor)
        self._request.start_async()
        try:
            while not self._request.wait_for(_PATIENCE_MS):
                report(0.0)
        except BaseException:
            self._stop()
            raise
        painting: Pixels = self._request.get_output_tensor().data[0].copy()
        return painting

    def _stop(self) -> None:
        self._request.cancel()
        try:
            self._request.wait()
        except RuntimeError:  # says that it was cancelled
            return


def compile_model(model: ov.Model, threads: int | None = None) -> ov.CompiledModel:
    """Compile for the CPU of this machine, to answer one request at a time quickly."""
    return openvino_core().compile_model(
        model,
        "CPU",
        {
            "PERFORMANCE_HINT": "LATENCY",
            # 0 means all.
            "INFERENCE_NUM_THREADS": threads or 0,
            # Processors with bfloat16 would round to 8 bits by default.
            "INFERENCE_PRECISION_HINT": "f32",
            # Workers side by side would all be pinned to the same first cores.
            "ENABLE_CPU_PINNING": False,
        },
    )
