"""The stylize command in this process and in one of its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

from PIL import Image

from mlcore.cli import build_parser, run_command
from mlcore.commands.console import Console

ROOT = Path(__file__).resolve().parents[2]
# Without a race between the engines, whose winner depends on the machine.
ENGINE = ["--cpu", "--engine", "torch"]


def stylize(*arguments: object) -> tuple[int, str, str]:
    """Return status, standard output and standard error."""
    console = Console(io.StringIO(), io.StringIO())
    options = vars(build_parser().parse_args(["stylize", *ENGINE, *map(str, arguments)]))
    status = run_command(options.pop("command"), options, console)
    return status, console.out.getvalue(), console.err.getvalue()


def start_stylize(*arguments: object) -> subprocess.Popen[bytes]:
    """Start the command as people do."""
    return subprocess.Popen(
        [sys.executable, "-m", "mlcore", "stylize", *ENGINE, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        bufsize=0,  # so that communicate() misses nothing after readline()
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def size(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def files(folder: Path) -> list[str]:
    """Return all files below, hidden ones too."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
