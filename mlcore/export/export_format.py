"""The file formats a style can be exported to, by name. Needs no torch."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

from mlcore.errors import ConfigError

FormatName = Literal["torchscript", "onnx", "openvino"]
FORMATS: tuple[FormatName, ...] = get_args(FormatName)

SUFFIX: dict[FormatName, str] = {"torchscript": ".pt", "onnx": ".onnx", "openvino": ".xml"}


def check_suffix(format_name: FormatName, output: Path) -> None:
    """Refuse a file name whose ending says something else than the format.

    Raises:
        ConfigError: naming the ending that is right.
    """
    if output.suffix.lower() != SUFFIX[format_name]:
        raise ConfigError(f"Cannot write {output}: with --format {format_name} it must end in {SUFFIX[format_name]}.")


def files_of(format_name: FormatName, output: Path) -> list[Path]:
    """Return every file that an export to ``output`` writes; OpenVINO keeps its weights in a second one."""
    return [output.with_suffix(".bin"), output] if format_name == "openvino" else [output]
