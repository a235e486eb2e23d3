"""The painting network as an OpenVINO graph, with what can be folded folded.

Beside the scaling of pixels, folded into the first and behind the last convolution:

* Biases of convolutions before an instance normalisation are left out: it takes the mean off.
* Enlarging twice and convolving 3×3 gives each of four neighbouring outputs a 2×2 kernel on the small map: a transposed
  convolution 4×4 of stride 2, with 4/9 of the multiplications. Replicated borders of the small map are the reflected
  ones of the large.
* ``conv_out`` has 3 channels, where processors compute 8 or 16 at once: 4×2 pixels are computed as 24 channels of a
  12×10 kernel of stride (4, 2).

Quantised, a convolution reads uint8 and has int8 weights. Each channel of the input has a range of its own, whose width
is folded into the weights; its lower end adds a constant to the output, which the normalisation takes off again.
"""

from __future__ import annotations

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import Node
from openvino import opset13 as op

from mlcore.engines.int8_kernel import int8_kernel
from mlcore.engines.quantisation import Ranges
from mlcore.engines.style_weights import RESIDUAL_BLOCKS, StyleWeights
from mlcore.engines.tensor_names import INPUT_NAME, OUTPUT_NAME

EPSILON = 1e-5
MULTIPLE = 4
"""Of which both sides are inside the network, for it halves them twice."""
TILE = (4, 2)
"""Rows and columns of the painting that the last convolution computes at once."""

Floats = NDArray[np.float32]


def build_model(weights: StyleWeights, ranges: Ranges | None = None) -> ov.Model:
    """Return the network as a model: RGB uint8, (1, H, W, 3), to the same; H and W multiples of 4 and at least 16.

    Args:
        weights: the style.
        ranges: of the convolutions to compute in int8, as the first then is too; the others stay float32.
    """
    graph = _Graph(weights, ranges or {})
    photo = op.parameter(ov.PartialShape([1, -1, -1, 3]), ov.Type.u8, name="photo")
    painting = op.convert(op.round(graph.painting(photo), "half_to_even"), "u8")
    return ov.Model([painting], [photo], "painting")


def build_portable_model(weights: StyleWeights, ranges: Ranges) -> ov.Model:
    """Return the network as a model for programs without Easel, any batch, any sides from 16 up.

    ``image`` is RGB in [0, 1], float32, (N, 3, H, W), and ``painting`` the same. Quantised, it rounds what comes in to
    256 levels, which a photo has anyway, and not what goes out.

    Args:
        weights: the style.
        ranges: as for :func:`build_model`; none for float32.
    """
    graph = _Graph(weights, ranges, white=1)
    photo = op.parameter(ov.PartialShape([-1, 3, -1, -1]), ov.Type.f32, name=INPUT_NAME)
    size = op.gather(op.shape_of(photo), _integers(2, 3), _integers(0))
    # FloorMod takes the sign of the divisor: −131 mod 4 is 1, what 131 lacks to 132.
    missing = op.floor_mod(op.negative(size), _integers(MULTIPLE))
    x = op.pad(photo, _integers(0, 0, 0, 0), op.concat([_integers(0, 0), missing], 0), "reflect")
    x = _untiled_planes(graph.tiles(_pad(x, (0, 0, 4, 4))))
    painting = op.slice(x, _integers(0, 0), size, _integers(1, 1), _integers(2, 3), name=OUTPUT_NAME)
    for node, name in ((photo, INPUT_NAME), (painting, OUTPUT_NAME)):
        node.output(0).set_names({name})
    return ov.Model([painting], [photo], "style")


def build_probe(weights: StyleWeights) -> tuple[ov.Model, list[str]]:
    """Return a model of the same input for finding ranges, and the names of the convolutions that can be quantised.

    Its outputs are, for each name in turn, the smallest and the largest value of each channel that the convolution
    reads, both (1, C, 1, 1).
    """
    graph = _Graph(weights, {})
    photo = op.parameter(ov.PartialShape([1, -1, -1, 3]), ov.Type.u8, name="photo")
    graph.painting(photo)
    axes = _integers(2, 3)
    outputs = []
    for x in graph.read.values():
        outputs += [op.reduce_min(x, axes, True), op.reduce_max(x, axes, True)]
    return ov.Model(outputs, [photo], "probe"), list(graph.read)


class _Graph:
    def __init__(self, weights: StyleWeights, ranges: Ranges, white: int = 255) -> None:
        self._weights, self._ranges, self._white = weights, ranges, white
        self.read: dict[str, Node] = {}
        """What each convolution reads, before padding."""

    def painting(self, photo: Node) -> Node:
        """Return float32 levels, 0 to 255, (1, H, W, 3)."""
        # The photo is padded while it is bytes.
        pixels = op.convert(op.transpose(_pad(photo, (0, 4, 4, 0)), _integers(0, 3, 1, 2)), "f32")
        return _untiled(self.tiles(pixels))

    def tiles(self, pixels: Node) -> Node:
        """Return float32, 0 to ``white``, (N, rows·columns·3, H / rows, W / columns).

        Args:
            pixels: float32, 0 to ``white``, (N, 3, H + 8, W + 8).
        """
        kernel = self._weights["conv1.weight"]
        if self._ranges:
            # Bytes already: nothing is lost.
            pixels = op.fake_quantize(pixels, *(_floats(end) for end in (0, self._white, 0, 255)), 256)
            x = _convolution(pixels, _quantised(kernel / np.float32(255)))
        else:
            x = _convolution(pixels, _floats(kernel / np.float32(self._white)))
        x = self._normalise_relu(x, "in1")
        x = self._normalise_relu(self._convolve(x, "conv2", stride=2), "in2")
        x = self._normalise_relu(self._convolve(x, "conv3", stride=2), "in3")
        for block in range(RESIDUAL_BLOCKS):
            prefix = f"res_blocks.{block}."
            y = self._normalise_relu(self._convolve(x, prefix + "conv1"), prefix + "in1")
            x = op.add(x, self._normalise(self._convolve(y, prefix + "conv2"), prefix + "in2"))
        x = self._normalise_relu(self._convolve_enlarged(x, "conv4"), "in4")
        x = self._normalise_relu(self._convolve_enlarged(x, "conv5"), "in5")
        return self._last(x)

    def _normalise(self, x: Node, name: str) -> Node:
        x = op.mvn(x, _integers(2, 3), True, EPSILON, "inside_sqrt")
        weight, bias = (self._weights[f"{name}.{kind}"].reshape(1, -1, 1, 1) for kind in ("weight", "bias"))
        return op.add(op.multiply(x, _floats(weight)), _floats(bias))

    def _normalise_relu(self, x: Node, name: str) -> Node:
        return op.relu(self._normalise(x, name))

    def _input(self, x: Node, name: str) -> tuple[Node, Floats]:
        """Return what the convolution shall read instead of ``x``, and its weights for that."""
        self.read[name] = x
        kernel = self._weights[f"{name}.weight"]
        if name not in self._ranges:
            return x, kernel
        low, high = (end.reshape(1, -1, 1, 1) for end in self._ranges[name])
        x = op.fake_quantize(x, _floats(low), _floats(high), _floats(0), _floats(255), 256)
        return x, kernel * ((high - low) / np.float32(255))

    def _kernel(self, kernel: Floats, name: str) -> Node:
        return _quantised(kernel) if name in self._ranges else _floats(kernel)

    def _convolve(self, x: Node, name: str, stride: int = 1) -> Node:
        x, kernel = self._input(x, name)
        return _convolution(_pad(x, (0, 0, 1, 1)), self._kernel(kernel, name), (stride, stride))

    def _convolve_enlarged(self, x: Node, name: str) -> Node:
        x, kernel = self._input(x, name)
        x, kernel = _pad(x, (0, 0, 1, 1), "edge"), _enlarging_kernel(kernel)
        if name not in self._ranges:
            crop = [3, 3]
            return op.convolution_backprop_data(x, _floats(kernel), [2, 2], None, crop, crop, [1, 1])
        # oneDNN's transposed convolutions use float32 on processors without int8 instructions. As a convolution, the
        # four outputs around a corner of the small map are channels, which are then moved to their places.
        inputs, outputs = kernel.shape[:2]
        corners = kernel.reshape(inputs, outputs, 2, 2, 2, 2)[:, :, ::-1, :, ::-1, :].transpose(1, 3, 5, 0, 2, 4)
        x = _convolution(x, _quantised(corners.reshape(outputs * 4, inputs, 2, 2)))
        x = op.depth_to_space(x, "depth_first", 2)
        return op.slice(x, _integers(1, 1), _integers(-1, -1), _integers(1, 1), _integers(2, 3))

    def _last(self, x: Node) -> Node:
        rows, columns = TILE
        bias = self._weights["conv_out.bias"]
        if "conv_out" in self._ranges:
            # No normalisation follows that would take off what the lower ends add.
            low = self._ranges["conv_out"].low.reshape(1, -1, 1, 1)
            bias = bias + (self._weights["conv_out.weight"] * low).sum(axis=(1, 2, 3))
        x, kernel = self._input(x, "conv_out")
        outputs, inputs, size, _ = kernel.shape
        shifted = np.zeros((rows, columns, outputs, inputs, size + rows - 1, size + columns - 1), np.float32)
        for row, column in np.ndindex(TILE):
            shifted[row, column, :, :, row : row + size, column : column + size] = kernel
        kernels = self._kernel(shifted.reshape(-1, *shifted.shape[3:]), "conv_out")
        x = _convolution(_pad(x, (0, 0, size // 2, size // 2)), kernels, TILE)
        x = op.add(x, _floats(np.tile(bias, rows * columns).reshape(1, -1, 1, 1)))
        if self._weights.output == "tanh":
            grey = _floats(self._white / 2)
            return op.add(op.multiply(op.tanh(x), grey), grey)
        return op.multiply(op.clamp(x, 0.0, 1.0), _floats(self._white))


def _enlarging_kernel(kernel: Floats) -> Floats:
    """Return the transposed convolution, (I, O, 4, 4) of stride 2, that repeats pixels and convolves with (O, I, 3, 3).

    Repeating pixels is a convolution with a 2×2 box. A transposed convolution scatters what a convolution gathers, so
    the kernel is turned by half a turn. Its input is padded by repeating the edge, and 3 pixels are cropped on each
    side.
    """
    turned = kernel[:, :, ::-1, ::-1].swapaxes(0, 1)
    enlarging = np.zeros((*turned.shape[:2], 4, 4), np.float32)
    for row, column in np.ndindex(2, 2):
        enlarging[:, :, row : row + 3, column : column + 3] += turned
    return enlarging


def _untiled(x: Node) -> Node:
    """Map (1, rows·columns·3, H / rows, W / columns) to (1, H, W, 3)."""
    rows, columns = TILE
    x = op.transpose(x, _integers(0, 2, 3, 1))
    shape = op.shape_of(x)
    height, width = (op.gather(shape, _integers(axis), _integers(0)) for axis in (1, 2))
    x = op.reshape(x, op.concat([height, width, _integers(rows, columns, 3)], 0), False)
    x = op.transpose(x, _integers(0, 2, 1, 3, 4))
    sides = [op.multiply(height, _integers(rows)), op.multiply(width, _integers(columns))]
    return op.reshape(x, op.concat([_integers(1), *sides, _integers(3)], 0), False)


def _untiled_planes(x: Node) -> Node:
    """Map (N, rows·columns·3, H / rows, W / columns) to (N, 3, H, W)."""
    rows, columns = TILE
    shape = op.shape_of(x)
    batch, height, width = (op.gather(shape, _integers(axis), _integers(0)) for axis in (0, 2, 3))
    x = op.reshape(x, op.concat([batch, _integers(rows, columns, 3), height, width], 0), False)
    x = op.transpose(x, _integers(0, 3, 4, 1, 5, 2))
    sides = [op.multiply(height, _integers(rows)), op.multiply(width, _integers(columns))]
    return op.reshape(x, op.concat([batch, _integers(3), *sides], 0), False)


def _quantised(kernel: Floats) -> Node:
    levels, scale = int8_kernel(kernel)
    return op.multiply(op.convert(op.constant(levels), "f32"), _floats(scale))


def _convolution(x: Node, kernel: Node, stride: tuple[int, int] = (1, 1)) -> Node:
    return op.convolution(x, kernel, list(stride), [0, 0], [0, 0], [1, 1])


def _pad(x: Node, widths: tuple[int, ...], mode: str = "reflect") -> Node:
    return op.pad(x, _integers(*widths), _integers(*widths), mode)


def _floats(values: Floats | float) -> Node:
    return op.constant(np.asarray(values, dtype=np.float32))


def _integers(*values: int) -> Node:
    return op.constant(np.array(values, dtype=np.int64))
