"""Exporting a style: written beside its place, loaded back, compared with PyTorch, and only then put there."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from mlcore.errors import ExportError
from mlcore.export.about import About
from mlcore.export.agreement import Agreement, Disagreement, Model, check_agreement
from mlcore.export.export_format import FormatName, files_of
from mlcore.transformer_network import TransformerNetwork

Write = Callable[[Path], None]
Open = Callable[[Path], Model]
Check = Callable[[Model, TransformerNetwork], Agreement]
"""Paints with both; raises Disagreement."""


@dataclass(frozen=True)
class Exported:
    """The files that were written and how far they are from PyTorch."""

    files: list[Path]
    agreement: Agreement


def export_style(network: TransformerNetwork, about: About, format_name: FormatName, output: Path) -> Exported:
    """Write a network, on the CPU in eval mode, as a float32 file that is checked before it is kept.

    Args:
        network: what is exported.
        about: metadata for the file.
        format_name: "torchscript", "onnx" or "openvino"; only its own runtime is loaded.
        output: the file, replaced if there is one; OpenVINO's weights are beside it with .bin.

    Raises:
        Disagreement: the file paints something else than ``network``; nothing was kept.
        ExportError: the file cannot be loaded or run; nothing was kept.
        OSError: it cannot be written.
    """
    module = import_module(f"mlcore.export.{format_name}_file")
    write, open_model = getattr(module, f"write_{format_name}"), getattr(module, f"open_{format_name}")
    return keep_if_it_agrees(
        lambda path: write(network, about, path), open_model, network, files_of(format_name, output)
    )


def keep_if_it_agrees(
    write: Write,
    open_model: Open,
    network: TransformerNetwork,
    files: list[Path],
    check: Check = check_agreement,
) -> Exported:
    """Let ``write`` make the last of ``files``, and those it comes with; keep them if they paint as ``network`` does.

    Raises:
        Disagreement, ExportError, OSError: as :func:`export_style`.
    """
    output = files[-1]
    output.parent.mkdir(parents=True, exist_ok=True)
    # A folder of its own, for OpenVINO finds the weights by the name of the graph.
    folder = output.parent / f".{output.name[:100]}.{secrets.token_hex(6)}.tmp"
    folder.mkdir()
    try:
        written = folder / output.name
        write(written)
        agreement = _checked(open_model, written, network, check)
        for file in files:
            with (folder / file.name).open("rb") as descriptor:
                os.fsync(descriptor.fileno())
        for file in files:
            os.replace(folder / file.name, file)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Exported(files, agreement)


def _checked(open_model: Open, written: Path, network: TransformerNetwork, check: Check) -> Agreement:
    try:
        return check(open_model(written), network)
    except Disagreement:
        raise
    except Exception as error:  # each runtime has errors of its own
        reason = next(iter(str(error).strip().splitlines()), "")[:300]
        raise ExportError(
            f"The exported file does not run in its own runtime: {type(error).__name__}: {reason}. Nothing was kept."
        ) from error
