"""A style's weights as NumPy arrays, for engines that do without torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_safetensors

from mlcore.errors import CheckpointError
from mlcore.network_output import Output
from mlcore.style_metadata import StyleMetadata

RESIDUAL_BLOCKS = 5
_CONVOLUTIONS = {
    "conv1": ("in1", 3, 32, 9),
    "conv2": ("in2", 32, 64, 3),
    "conv3": ("in3", 64, 128, 3),
    **{
        f"res_blocks.{block}.conv{index}": (f"res_blocks.{block}.in{index}", 128, 128, 3)
        for block in range(RESIDUAL_BLOCKS)
        for index in (1, 2)
    },
    "conv4": ("in4", 128, 64, 3),
    "conv5": ("in5", 64, 32, 3),
    "conv_out": ("", 32, 3, 9),
}
_MAX_PLAIN_BYTES = 16 * 2**20
"""A style file has 3.4 MB, one in double precision 13.4."""


@dataclass(frozen=True)
class StyleWeights:
    """One network: float32 arrays by PyTorch's names, what follows its last convolution, and the file's digest."""

    arrays: Mapping[str, NDArray[np.float32]]
    output: Output
    sha256: str
    """Of the file, hexadecimal."""

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        return self.arrays[name]


def weight_shapes() -> dict[str, tuple[int, ...]]:
    """Return the shape of each of the network's parameters by name."""
    shapes: dict[str, tuple[int, ...]] = {}
    for name, (norm, inputs, outputs, kernel) in _CONVOLUTIONS.items():
        shapes[f"{name}.weight"] = (outputs, inputs, kernel, kernel)
        shapes[f"{name}.bias"] = (outputs,)
        if norm:
            shapes[f"{norm}.weight"] = shapes[f"{norm}.bias"] = (outputs,)
    return shapes


def read_weights(path: Path) -> StyleWeights:
    """Read any file :func:`mlcore.checkpoint.load_style` reads, a style file without loading torch for it.

    Raises:
        CheckpointError: missing, too large, damaged, or not this network.
        OutOfMemory: the file unpacks to more than there is room for.
    """
    return _read_style_file(path) or _read_through_torch(path)


def _read_style_file(path: Path) -> StyleWeights | None:
    """Return what a sound style file holds; ``None`` leaves everything else to the reader with the error messages."""
    try:
        if path.stat().st_size > _MAX_PLAIN_BYTES:
            return None
        content = path.read_bytes()
        loaded = load_safetensors(content)
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        metadata = StyleMetadata.from_strings(header.get("__metadata__", {}))
    # KeyError: NumPy lacks some of the types safetensors has, bfloat16 for one.
    except (OSError, SafetensorError, CheckpointError, KeyError, TypeError, ValueError):
        return None
    if {name: array.shape for name, array in loaded.items()} != weight_shapes():
        return None
    arrays = {name: array.astype(np.float32) for name, array in loaded.items() if array.dtype.kind == "f"}
    if len(arrays) < len(loaded) or not all(np.isfinite(array).all() for array in arrays.values()):
        return None
    return StyleWeights(arrays, metadata.output, hashlib.sha256(content).hexdigest())


def _read_through_torch(path: Path) -> StyleWeights:
    from mlcore.checkpoint import load_style

    network, _ = load_style(path)
    arrays = {name: value.numpy() for name, value in network.state_dict().items()}
    return StyleWeights(arrays, network.output, hashlib.sha256(path.read_bytes()).hexdigest())
