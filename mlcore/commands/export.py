"""``export``: write a style as a file that runs without this project."""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlcore.commands.console import Console
from mlcore.errors import ConfigError
from mlcore.export.about import About
from mlcore.export.export_format import FORMATS, check_suffix, files_of

if TYPE_CHECKING:
    from mlcore.export.agreement import Agreement

SUMMARY = "Write a trained style as TorchScript, ONNX or OpenVINO, which run without this program; checked first."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--checkpoint", type=Path, metavar="PATH", required=True, help="trained style")
    parser.add_argument("--format", choices=FORMATS, required=True, help="kind of file to write")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        required=True,
        help="file to write: .pt for torchscript, .onnx for onnx, .xml for openvino, whose weights go into a .bin "
        "file beside it",
    )
    parser.add_argument(
        "--int8",
        action="store_true",
        help="compute in 8-bit integers, from a file a quarter as large; openvino only, refused for a style that would "
        "lose its looks (default: float32)",
    )
    parser.add_argument(
        "--photos",
        type=Path,
        metavar="DIR",
        help="with --int8: at least 4 photos to find the ranges of its integers with and to measure it on "
        "(default: photos that come with this program)",
    )
    parser.add_argument(
        "--name",
        metavar="TEXT",
        help="name of the style for the file's metadata (default: the checkpoint's name without its ending)",
    )
    parser.add_argument(
        "--licence",
        metavar="TEXT",
        default="",
        help="who may use the style, one line for the file's metadata (default: none)",
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object instead of a table (default: a table)"
    )


def run(options: dict[str, Any], console: Console) -> int:
    """Print how far the file is from PyTorch at every shape; 1 if that is too far, and then no file is kept."""
    format_name, output, checkpoint = options["format"], options["output"], options["checkpoint"]
    _check(options)

    from mlcore.checkpoint import load_style
    from mlcore.engines.bundled_photos import photos_in
    from mlcore.export.agreement import Disagreement
    from mlcore.export.checked_export import export_style

    photos = None if options["photos"] is None else photos_in(options["photos"])
    network, _ = load_style(checkpoint)
    about = About(
        style=checkpoint.stem if options["name"] is None else options["name"],
        style_sha256=hashlib.sha256(checkpoint.read_bytes()).hexdigest(),
        licence=options["licence"],
    )
    figures = {"format": format_name} | _allowed(options["int8"]) | about.as_strings()
    try:
        if options["int8"]:
            from mlcore.export.openvino_int8_file import export_int8

            exported = export_int8(network, about, output, photos)
        else:
            exported = export_style(network, about, format_name, output)
    except Disagreement as error:
        _print(figures | {"ok": False, "files": []}, error.agreement, options["json"], console)
        raise
    files = [{"path": str(path), "bytes": path.stat().st_size} for path in exported.files]
    _print(figures | {"ok": True, "files": files}, exported.agreement, options["json"], console)
    return 0


def _allowed(int8: bool) -> dict[str, Any]:
    from mlcore.engines.deviation import MAX_MEAN_ABSOLUTE_ERROR, MIN_SSIM
    from mlcore.export.agreement import TOLERANCE

    if int8:
        return {"precision": "int8", "allowed": {"mean_absolute_error": MAX_MEAN_ABSOLUTE_ERROR, "ssim": MIN_SSIM}}
    return {"precision": "float32", "tolerance": TOLERANCE}


def _check(options: dict[str, Any]) -> None:
    """Refuse what cannot work before anything slow is loaded."""
    output = options["output"]
    check_suffix(options["format"], output)
    if options["int8"] and options["format"] != "openvino":
        raise ConfigError(f"--int8 is for openvino: leave it out with --format {options['format']}.")
    if options["photos"] is not None and not options["int8"]:
        raise ConfigError("--photos is for --int8: add that, or leave --photos out.")
    for file in files_of(options["format"], output):
        if file.is_dir():
            raise ConfigError(f"{file} is a folder: give --output the name of a file.")
        if file.resolve() == options["checkpoint"].resolve():
            raise ConfigError(f"The export would overwrite the checkpoint {file}: choose another --output.")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"The folder {output.parent} cannot be made ({error.strerror}): choose another --output."
        ) from error
    if not os.access(output.parent, os.W_OK):
        raise ConfigError(f"The folder {output.parent} cannot be written to: choose another --output.")


def _print(figures: dict[str, Any], agreement: Agreement, as_json: bool, console: Console) -> None:
    if as_json:
        figures |= {"deviations": [_as_json(asdict(one)) for one in agreement.deviations]}
        if agreement.on_photos is not None:
            figures |= {"on_photos": _as_json(asdict(agreement.on_photos))}
        console.print(json.dumps(figures, allow_nan=False))
        return
    console.print("batch  width × height  largest and mean difference from PyTorch, range 0 to 1")
    for one in agreement.deviations:
        size = f"{one.width} × {one.height}"
        console.print(f"{one.batch:5}  {size:>14}  {one.largest:.1e}  {one.mean:.1e}")
    if agreement.on_photos is not None:
        console.print(f"int8 from float32: {agreement.on_photos}")
    for file in figures["files"]:
        console.print(f"{file['path']}  {file['bytes'] / 2**20:.1f} MiB")


def _as_json(numbers: dict[str, float]) -> dict[str, float | None]:
    # JSON knows no infinity and no NaN.
    return {key: value if math.isfinite(value) else None for key, value in numbers.items()}
