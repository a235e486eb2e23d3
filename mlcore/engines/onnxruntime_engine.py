"""Painting with ONNX Runtime in float32, on the graph that ``export --format onnx`` writes."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from mlcore.engines.engine import Pixels
from mlcore.engines.onnx_graph import onnx_model
from mlcore.engines.padded_pixels import padded_pixels
from mlcore.engines.tensor_names import INPUT_NAME, OUTPUT_NAME
from mlcore.errors import OutOfMemory, is_out_of_memory
from mlcore.progress_report import Report, silent
from mlcore.transformer_network import TransformerNetwork

_PATIENCE = 0.1
"""Seconds between two calls of ``report`` while a photo is painted."""
_ERRORS_ONLY = 3

Floats = NDArray[np.float32]


class OnnxRuntimeEngine:
    """One style as a session of any height and width, for one thread at a time.

    A photo is painted in one piece and takes some 1,300 bytes a pixel, given back afterwards.

    Args:
        network: on the CPU; it is not kept.
        threads: how many to compute with on a CPU; ``None`` for one a core.
        cpu: do without a GPU that ONNX Runtime could use.
    """

    name = "onnxruntime"
    precision = "float32"

    def __init__(self, network: TransformerNetwork, *, threads: int | None = None, cpu: bool = False) -> None:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _ERRORS_ONLY
        options.intra_op_num_threads = threads or 0
        # Plans of memory are made for each shape and never dropped.
        options.enable_mem_pattern = False
        graph = onnx_model(network, {}).SerializeToString()
        self._session = onnxruntime.InferenceSession(graph, options, providers=_providers(cpu))

    @property
    def device_name(self) -> str:
        """What computes, for a person to read."""
        return "CUDA" if self._session.get_providers()[0].startswith("CUDA") else "CPU"

    def paint(self, photo: Pixels, report: Report = silent) -> Pixels:
        """Return ``photo`` painted, at the same size; see :class:`mlcore.engines.engine.Engine`.

        ``report`` hears 0 until it is 1; what it raises stops the work within one layer.

        Raises:
            OutOfMemory: the painting needs more memory than there is.
        """
        height, width = photo.shape[:2]
        report(0.0)
        values = padded_pixels(photo).transpose(2, 0, 1)[None].astype(np.float32) / np.float32(255)
        try:
            painted = self._run({INPUT_NAME: values}, report)[0, :, :height, :width]
        except Exception as error:  # of ONNX Runtime's own kind, which says no more than its text
            if not is_out_of_memory(error) and "Failed to allocate" not in str(error):
                raise
            raise OutOfMemory(
                f"Painting {width}×{height} pixels takes more memory than there is. Choose a smaller size."
            ) from error
        painting: Pixels = np.rint(painted * np.float32(255)).astype(np.uint8).transpose(1, 2, 0)
        report(1.0)
        return np.ascontiguousarray(painting)

    def _run(self, inputs: Mapping[str, Floats], report: Report) -> Floats:
        options = onnxruntime.RunOptions()
        # The arena keeps what the largest photo took unless it is told to give it back, which costs a fifth of the time
        # at 256×256. Without an arena a painting took longer still on a busy machine.
        options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(self._session.run, [OUTPUT_NAME], inputs, options)
            try:
                while True:
                    try:
                        painted: Floats = running.result(_PATIENCE)[0]
                        return painted
                    except NotYet:
                        report(0.0)
            except BaseException:
                options.terminate = True
                raise


def _providers(cpu: bool) -> list[str]:
    usable = [] if cpu else ["CUDAExecutionProvider"]
    return [*(name for name in usable if name in onnxruntime.get_available_providers()), "CPUExecutionProvider"]
