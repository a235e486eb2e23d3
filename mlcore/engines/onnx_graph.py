"""The network as an ONNX graph, written out node by node.

The network has sixteen convolutions and never changes, so its graph is built from the weights rather than traced: no
exporter decides which operators, names or shapes come out, and height, width and batch are free by construction.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from mlcore.engines.tensor_names import INPUT_NAME, OUTPUT_NAME
from mlcore.folded_kernels import column_kernels, enlarging_kernel
from mlcore.transformer_network import DOWNSAMPLING, ResidualBlock, TransformerNetwork

OPSET, IR_VERSION = 17, 8
"""Of 2022: nothing newer is needed, and runtimes of phones and browsers are rarely the newest."""

_TO_THE_END = np.iinfo(np.int64).max


def onnx_model(network: TransformerNetwork, properties: Mapping[str, str], *, folded: bool = True) -> onnx.ModelProto:
    """Return the checked model: ``image`` (N, 3, H, W) float32 in [0, 1] to ``painting``, H and W at least 16.

    Args:
        network: on any device.
        properties: metadata that the model carries.
        folded: compute enlargement and the last convolution with less arithmetic; without, layer by layer as the
            network is written, to compare with.
    """
    graph = _Graph()
    size = graph.add("Slice", graph.add("Shape", INPUT_NAME), graph.integers(2), graph.integers(4), name="size")
    decode = _decode if folded else _decode_as_written
    painting = decode(graph, network, _encode(graph, network, _extended(graph, size)))
    painting = _in_unit_range(graph, network, painting)
    graph.add("Slice", painting, graph.integers(0, 0), size, graph.integers(2, 3), name=OUTPUT_NAME)
    shape: list[str | int | None] = ["batch", 3, "height", "width"]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "style",
            [helper.make_tensor_value_info(INPUT_NAME, TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info(OUTPUT_NAME, TensorProto.FLOAT, shape)],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="Easel",
    )
    helper.set_model_props(model, dict(properties))
    onnx.checker.check_model(model, full_check=True)
    return model


class _Graph:
    """Nodes in order and constants; each method returns the name of what it adds."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def add(self, operator: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        name = name or f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, value: Tensor | np.ndarray | float) -> str:
        array = value.detach().cpu().numpy() if isinstance(value, Tensor) else np.asarray(value)
        name = f"constant_{len(self.constants)}"
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def integers(self, *values: int) -> str:
        return self.constant(np.array(values, dtype=np.int64))

    def pad(self, x: str, margin: int, mode: str) -> str:
        return self.add("Pad", x, self.integers(0, 0, margin, margin, 0, 0, margin, margin), mode=mode)

    def convolution(self, x: str, layer: nn.Conv2d) -> str:
        margin = layer.kernel_size[0] // 2
        weights = [self.constant(layer.weight), self.constant(cast(Tensor, layer.bias))]
        return self.add("Conv", self.pad(x, margin, "reflect"), *weights, strides=list(layer.stride))

    def norm(self, x: str, layer: nn.InstanceNorm2d) -> str:
        scale, bias = self.constant(layer.weight), self.constant(layer.bias)
        return self.add("InstanceNormalization", x, scale, bias, epsilon=layer.eps)

    def relu(self, x: str) -> str:
        return self.add("Relu", x)


def _extended(graph: _Graph, size: str) -> str:
    """Extend right and bottom by reflection to multiples of 4; the caller crops that off again."""
    # Mod takes the sign of the divisor: −131 mod 4 is 1, what 131 lacks to 132.
    missing = graph.add("Mod", graph.add("Neg", size), graph.integers(DOWNSAMPLING))
    return graph.add(
        "Pad", INPUT_NAME, graph.add("Concat", graph.integers(0, 0, 0, 0, 0, 0), missing, axis=0), mode="reflect"
    )


def _encode(graph: _Graph, network: TransformerNetwork, x: str) -> str:
    for convolution, norm in (
        (network.conv1, network.in1),
        (network.conv2, network.in2),
        (network.conv3, network.in3),
    ):
        x = graph.relu(graph.norm(graph.convolution(x, convolution), norm))
    for block in (cast(ResidualBlock, block) for block in network.res_blocks):
        y = graph.relu(graph.norm(graph.convolution(x, block.conv1), block.in1))
        x = graph.add("Add", x, graph.norm(graph.convolution(y, block.conv2), block.in2))
    return x


def _decode(graph: _Graph, network: TransformerNetwork, x: str) -> str:
    for convolution, norm in ((network.conv4, network.in4), (network.conv5, network.in5)):
        weights = [
            graph.constant(enlarging_kernel(convolution.weight)),
            graph.constant(cast(Tensor, convolution.bias)),
        ]
        x = graph.add(
            "ConvTranspose", graph.pad(x, 1, "edge"), *weights, strides=[2, 2], pads=[3, 3, 3, 3], kernel_shape=[4, 4]
        )
        x = graph.relu(graph.norm(x, norm))
    return _last_convolution(graph, network.conv_out, x)


def _decode_as_written(graph: _Graph, network: TransformerNetwork, x: str) -> str:
    twice = graph.constant(np.array([1, 1, 2, 2], dtype=np.float32))
    for convolution, norm in ((network.conv4, network.in4), (network.conv5, network.in5)):
        x = graph.add(
            *("Resize", x, "", twice), mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"
        )
        x = graph.relu(graph.norm(graph.convolution(x, convolution), norm))
    return graph.convolution(x, network.conv_out)


def _last_convolution(graph: _Graph, layer: nn.Conv2d, x: str) -> str:
    size, channels = layer.kernel_size[0], layer.out_channels
    kernels = graph.constant(column_kernels(layer.weight))
    products = graph.add("Conv", graph.pad(x, size // 2, "reflect"), kernels)
    total = graph.constant(cast(Tensor, layer.bias).view(1, -1, 1, 1))
    for shift in range(size):
        # The products are size − 1 columns wider than the picture.
        end = shift - (size - 1) or _TO_THE_END
        first = graph.integers(shift * channels, shift)
        last = graph.integers((shift + 1) * channels, end)
        total = graph.add("Add", total, graph.add("Slice", products, first, last, graph.integers(1, 3)))
    return total


def _in_unit_range(graph: _Graph, network: TransformerNetwork, z: str) -> str:
    if network.output == "tanh":
        z = graph.add("Add", graph.add("Tanh", z), graph.constant(1.0))
        z = graph.add("Mul", z, graph.constant(0.5))
    return graph.add("Clip", z, graph.constant(0.0), graph.constant(1.0))
