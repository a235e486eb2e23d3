"""``python -m mlcore``: the library's command line."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from mlcore.commands import bench, compare, diagnose, evaluate, export, optimize, plot, profile, stylize, train, verify
from mlcore.commands.console import Console
from mlcore.errors import ConfigError, MlcoreError

COMMANDS: dict[str, ModuleType] = {
    "train": train,
    "plot": plot,
    "stylize": stylize,
    "optimize": optimize,
    "evaluate": evaluate,
    "export": export,
    "compare": compare,
    "diagnose": diagnose,
    "bench": bench,
    "profile": profile,
    "verify": verify,
}


def build_parser() -> argparse.ArgumentParser:
    """Return the parser with every command."""
    parser = argparse.ArgumentParser(prog="python -m mlcore", description="Fast neural style transfer.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        module.add_arguments(commands.add_parser(name, help=module.SUMMARY, description=module.SUMMARY))
    return parser


def run_command(name: str, options: dict[str, Any], console: Console) -> int:
    """Run one of :data:`COMMANDS` and return its exit status; any expected error becomes one line.

    0: done. 1: something failed, told on ``console.err``. 2: wrong usage. 130: interrupted.
    """
    try:
        return int(COMMANDS[name].run(options, console))
    except ConfigError as error:
        console.note(f"error: {error}")
        return 2
    except (MlcoreError, OSError) as error:
        console.note(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        return 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and run its command; argparse itself exits with 2 on a wrong option."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    options = vars(build_parser().parse_args(arguments))
    return run_command(options.pop("command"), options, Console())
