"""``stylize --explain``: how a painting was made, as its file tells."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from mlcore.commands.console import Console
from mlcore.commands.stylize_plan import STANDARD
from mlcore.errors import ImageError
from mlcore.painting_file import read_provenance
from mlcore.provenance import Provenance


def explain(path: Path, console: Console, *, as_json: bool) -> None:
    """Print the record of a painting.

    Raises:
        ImageError: there is no such picture, or it has no record that can be read.
    """
    provenance = read_provenance(sys.stdin.buffer.read() if path == STANDARD else path)
    if provenance is None:
        raise ImageError(
            f"{path} does not say how it was made: it is no painting of Easel's, or another program has removed or "
            "damaged the record.",
            code="no_provenance",
        )
    if as_json:
        console.print(json.dumps({"file": str(path), **asdict(provenance)}, ensure_ascii=False))
    else:
        for name, value in _rows(provenance):
            console.print(f"{name:<14} {value}")


def _rows(provenance: Provenance) -> list[tuple[str, str]]:
    options = [(name.replace("_", " "), _in_words(name, value)) for name, value in provenance.options.items()]
    return [
        ("style", provenance.style),
        ("style sha256", provenance.style_sha256),
        ("easel", provenance.version),
        ("engine", ", ".join(filter(None, (provenance.engine, provenance.precision))) or "none"),
        *options,
    ]


def _in_words(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "size":
        return "original" if value is None else f"{value} pixels, longest side"
    return str(value)
