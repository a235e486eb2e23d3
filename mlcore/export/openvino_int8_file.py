"""OpenVINO in int8: the same two files, a quarter as large."""

from __future__ import annotations

from pathlib import Path

import openvino

from mlcore.engines.bundled_photos import PhotoSets, bundled_photos
from mlcore.engines.openvino_graph import build_portable_model
from mlcore.engines.quantisation import Ranges
from mlcore.engines.quantize import find_ranges
from mlcore.engines.style_weights import StyleWeights
from mlcore.export.about import About
from mlcore.export.checked_export import Exported, keep_if_it_agrees
from mlcore.export.export_format import files_of
from mlcore.export.int8_agreement import Int8Check
from mlcore.export.openvino_file import open_openvino
from mlcore.transformer_network import TransformerNetwork


def export_int8(network: TransformerNetwork, about: About, output: Path, photos: PhotoSets | None = None) -> Exported:
    """Write a network, on the CPU in eval mode, as an int8 file that is checked before it is kept; some seconds.

    Args:
        network: what is exported.
        about: metadata for the file, beside its precision and its deviation.
        output: the .xml file, replaced if there is one; its weights are beside it with .bin.
        photos: to find ranges with and to measure on; ``None`` for those that come with Easel.

    Raises:
        Disagreement: int8 deviates too far for this style; nothing was kept.
        ExportError: the file cannot be loaded or run; nothing was kept.
        OSError: it cannot be written.
    """
    photos = photos or bundled_photos()
    arrays = {name: value.numpy() for name, value in network.state_dict().items()}
    weights = StyleWeights(arrays, network.output, about.style_sha256)
    ranges = find_ranges(weights, photos.calibration)
    check = Int8Check(network, photos.measuring)
    return keep_if_it_agrees(
        lambda path: write_openvino_int8(weights, ranges, about, check, path),
        open_openvino,
        network,
        files_of("openvino", output),
        check.check,
    )


def write_openvino_int8(weights: StyleWeights, ranges: Ranges, about: About, check: Int8Check, path: Path) -> None:
    """Write ``path`` (.xml) and the same name with .bin.

    Raises:
        OSError: a file cannot be written.
    """
    model = build_portable_model(weights, ranges)
    facts = {"precision": "int8", "deviation": f"from float32: {check.on_photos(open_openvino(model))}"}
    for key, value in (about.as_strings() | facts).items():
        model.set_rt_info(value, ["easel", key])
    openvino.save_model(model, path, compress_to_fp16=False)
