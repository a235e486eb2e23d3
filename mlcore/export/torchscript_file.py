"""TorchScript: one .pt file for ``torch.jit.load``, from Python or from LibTorch."""

from __future__ import annotations

import contextlib
import io
import json
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path

import torch

from mlcore.export.about import About
from mlcore.export.agreement import Model
from mlcore.export.portable_network import PortableNetwork
from mlcore.transformer_network import TransformerNetwork

ABOUT_NAME = "easel.json"
"""The extra file of the archive that holds the metadata."""


def write_torchscript(network: TransformerNetwork, about: About, path: Path) -> None:
    """Write the compiled network, float32, not tied to a device. It is compiled, not traced: no shape is frozen in.

    Raises:
        OSError: the file cannot be written.
    """
    extra = {ABOUT_NAME: json.dumps(about.as_strings(), ensure_ascii=False)}
    buffer = io.BytesIO()
    with _deprecation_accepted():
        torch.jit.save(torch.jit.script(PortableNetwork(network).eval()), buffer, _extra_files=extra)
    path.write_bytes(_without_debug_records(buffer.getvalue()))


def open_torchscript(path: Path) -> Model:
    """Return the network of a file, to call with an array (N, 3, H, W); on the CPU."""
    with _deprecation_accepted():
        loaded = torch.jit.load(path, map_location="cpu")

    def paint(image: torch.Tensor) -> torch.Tensor:
        with torch.inference_mode():
            painting: torch.Tensor = loaded(image)
        return painting

    return paint


def _without_debug_records(archive: bytes) -> bytes:
    """Leave out where each line of code came from: paths of the machine that exported."""
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(kept, "w", zipfile.ZIP_STORED) as target:
        for record in source.infolist():
            if not record.filename.endswith(".debug_pkl"):
                target.writestr(zipfile.ZipInfo(record.filename), source.read(record))
    return kept.getvalue()


@contextlib.contextmanager
def _deprecation_accepted() -> Iterator[None]:
    """PyTorch advises against TorchScript for new work; it still reads and writes it, and LibTorch needs it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"`torch\.jit\.", category=FutureWarning)
        yield
