"""``bench``: measure this machine, training or painting, beside what others do."""

from __future__ import annotations

import argparse
from typing import Any

from mlcore.commands import bench_paint, bench_train
from mlcore.commands.console import Console

SUMMARY = "Measure how fast this machine trains or paints, beside the plain ways."
SUBJECTS = {"train": bench_train, "paint": bench_paint}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add a command for each subject."""
    subjects = parser.add_subparsers(dest="what", required=True, metavar="WHAT", help="what to measure")
    for name, module in SUBJECTS.items():
        module.add_arguments(subjects.add_parser(name, help=module.SUMMARY, description=module.SUMMARY))


def run(options: dict[str, Any], console: Console) -> int:
    """Measure the subject."""
    status: int = SUBJECTS[options["what"]].run(options, console)
    return status
