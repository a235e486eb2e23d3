"""``python -m mlcore``: the library's command line."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from types import ModuleType

from mlcore.commands import train
from mlcore.commands.console import Console
from mlcore.errors import MlcoreError

COMMANDS: dict[str, ModuleType] = {"train": train}


def build_parser() -> argparse.ArgumentParser:
    """Return the parser with every command."""
    parser = argparse.ArgumentParser(prog="python -m mlcore", description="Fast neural style transfer.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        module.add_arguments(commands.add_parser(name, help=module.SUMMARY, description=module.SUMMARY))
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, 1 for an error told in one line, or 2 for a wrong option (argparse)."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    options = vars(build_parser().parse_args(arguments))
    console = Console()
    try:
        return int(COMMANDS[options.pop("command")].run(options, console))
    except MlcoreError as error:
        console.note(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        return 130
