"""``compare``: what ``evaluate --json`` wrote about several styles, as one Markdown table."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from mlcore.commands.console import Console
from mlcore.errors import ConfigError

SUMMARY = "Print a Markdown table of styles from the files that evaluate --json wrote."

_HEADINGS = ("style", "style ratio", "SSIM", "content", "objective", "Gatys at 20", "ratio", "matching evaluation")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "figures", type=Path, nargs="+", metavar="FILE", help="a file that evaluate --json wrote, one a style"
    )


def run(options: dict[str, Any], console: Console) -> int:
    """Print the table, in the order of the files.

    "Gatys at 20" is the mean objective after 20 evaluations of optimisation, "ratio" the network's mean objective over
    it, "matching evaluation" the first whose mean objective is at or below the network's; all three over the photos
    that ``--gatys`` took.
    """
    rows = [_row(path) for path in options["figures"]]
    console.print(_line(_HEADINGS))
    console.print(_line(["---", *["---:"] * (len(_HEADINGS) - 1)]))
    for row in rows:
        console.print(_line(row))
    return 0


def _row(path: Path) -> list[str]:
    try:
        figures = json.loads(path.read_text(encoding="utf-8"))
        summary, gatys = figures["summary"], figures.get("gatys")
        row = [
            Path(figures["checkpoint"]).stem.replace("|", "\\|"),
            f"{summary['style_ratio']:.4f}",
            f"{summary['ssim']:.3f}",
            f"{summary['content_loss']:.3f}",
            f"{summary['objective']:.3g}",
        ]
        if gatys is None:
            return [*row, "–", "–", "–"]
        mean = gatys["mean"]
        after_20, ratio, matching = mean["objective_at"].get("20"), mean["ratio_at_20"], mean["matching_evaluation"]
        return [
            *row,
            "–" if after_20 is None else f"{after_20:.3g}",
            "–" if ratio is None else f"{ratio:.2f}",
            f">{gatys['evaluations']}" if matching is None else str(matching),
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"{path} is not a file that evaluate --json wrote ({type(error).__name__}: {error})."
        ) from error


def _line(cells: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"
