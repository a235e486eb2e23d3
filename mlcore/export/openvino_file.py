"""OpenVINO: an .xml file with the graph and a .bin file with the weights, side by side."""

from __future__ import annotations

from pathlib import Path

import openvino
import torch

from mlcore.engines.onnx_graph import onnx_model
from mlcore.engines.openvino_core import openvino_core
from mlcore.export.about import About
from mlcore.export.agreement import Model
from mlcore.transformer_network import TransformerNetwork


def write_openvino(network: TransformerNetwork, about: About, path: Path) -> None:
    """Write the network, float32, to ``path`` (.xml) and the same name with .bin.

    OpenVINO reads the ONNX graph itself; its converter would add nothing.

    Raises:
        OSError: a file cannot be written.
    """
    model = openvino_core().read_model(onnx_model(network, about.as_strings()).SerializeToString(deterministic=True))
    for key, value in about.as_strings().items():
        model.set_rt_info(value, ["easel", key])
    # Not float16, which is the default: a training checkpoint's weights have more digits.
    openvino.save_model(model, path, compress_to_fp16=False)


def open_openvino(source: Path | openvino.Model) -> Model:
    """Return the network of a file, to call with an array (N, 3, H, W); on the CPU, in float32 what is not int8."""
    # Processors with bfloat16 would round to 8 bits by default.
    compiled = openvino_core().compile_model(source, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})

    def paint(image: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(compiled(image.numpy())[0].copy())

    return paint
