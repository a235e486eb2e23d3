"""ONNX: one .onnx file for ONNX Runtime and many others."""

from __future__ import annotations

from pathlib import Path

import onnxruntime
import torch

from mlcore.engines.onnx_graph import onnx_model
from mlcore.engines.tensor_names import INPUT_NAME, OUTPUT_NAME
from mlcore.export.about import About
from mlcore.export.agreement import Model
from mlcore.transformer_network import TransformerNetwork


def write_onnx(network: TransformerNetwork, about: About, path: Path) -> None:
    """Write the network, float32.

    Raises:
        OSError: the file cannot be written.
    """
    path.write_bytes(onnx_model(network, about.as_strings()).SerializeToString(deterministic=True))


def open_onnx(path: Path) -> Model:
    """Return the network of a file, to call with an array (N, 3, H, W); on the CPU."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors; what it says of the machine's graphics cards is no concern here
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def paint(image: torch.Tensor) -> torch.Tensor:
        (painting,) = session.run([OUTPUT_NAME], {INPUT_NAME: image.numpy()})
        return torch.from_numpy(painting)

    return paint
