"""``diagnose``: find out why training does not work here, or that it does."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import Any

from tqdm import tqdm

from mlcore.commands.console import Console
from mlcore.commands.options import add_cpu_option, add_loss_network_options, pixels, positive_int
from mlcore.errors import ConfigError
from mlcore.finding import Finding
from mlcore.train_config import TrainConfig, option_name

SUMMARY = "Check device, loss network and two pictures, and that a short training on them makes the loss fall."

_MARKS = {"fact": "ok     ", "warning": "warning", "problem": "PROBLEM"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("content_image", type=Path, metavar="CONTENT_IMAGE", help="a photo")
    parser.add_argument("style_image", type=Path, metavar="STYLE_IMAGE", help="a painting")
    parser.add_argument(
        "--image-size",
        type=pixels,
        metavar="N",
        default=128,
        help="side of the squares that are trained on, pixels, a multiple of 4 (default: %(default)s)",
    )
    parser.add_argument(
        "--steps", type=positive_int, metavar="N", default=50, help="steps of the short training (default: %(default)s)"
    )
    add_loss_network_options(parser)
    add_cpu_option(parser)
    parser.add_argument(
        "--no-prediction",
        action="store_true",
        help="leave out measuring what a whole run would take in time and memory, some 20 seconds on a slow CPU "
        "(default: no)",
    )
    for name, reader, text in (
        ("batch_size", positive_int, "photos a step"),
        ("image_size", pixels, "side of the training photos, pixels, a multiple of 4"),
        ("max_steps", positive_int, "steps"),
    ):
        default = getattr(TrainConfig, name)
        parser.add_argument(
            f"--run-{name.replace('_', '-')}",
            type=reader,
            metavar="N",
            default=default,
            help=f"of the run that is predicted: {text} (default: train's, {default})",
        )


def run(options: dict[str, Any], console: Console) -> int:
    """Print a line for every finding and a verdict; 0 if training will work, 1 if not."""
    from mlcore.diagnose import Measuring, OverfitStep, diagnose
    from mlcore.training_prediction import PlannedRun

    names = ("loss_network", "loss_weights", "image_size", "steps", "cpu")
    for option in ("image_size", "run_image_size"):
        if options[option] < 32 or options[option] % 4:
            raise ConfigError(
                f"{option_name(option)} must be a multiple of 4 and at least 32 pixels, not {options[option]}."
            )
    if options["steps"] < 2:
        raise ConfigError("--steps must be at least 2: there is no fall of the loss in one step.")
    planned = {name: options[f"run_{name}"] for name in ("batch_size", "image_size", "max_steps")}
    events = diagnose(
        options["content_image"],
        options["style_image"],
        **{name: options[name] for name in names},
        run=None if options["no_prediction"] else PlannedRun(**planned),
    )
    found: Counter[str] = Counter()
    with tqdm(total=options["steps"], unit="step", file=console.err, dynamic_ncols=True, leave=False) as bar:
        for event in events:
            if isinstance(event, OverfitStep):
                bar.update(event.step - bar.n)
                continue
            if isinstance(event, Measuring):
                bar.write("Measuring some steps of a real run …", file=console.err)
                continue
            found[event.level] += 1
            for line in _lines(event):
                bar.write(line, file=console.out)
    console.print()
    if found["problem"]:
        console.print(
            f"Verdict: training will not work yet. Problems: {found['problem']}; what to change is said above."
        )
        return 1
    warnings = f" Warnings: {found['warning']}; see above." if found["warning"] else ""
    console.print(f"Verdict: training works here with these pictures.{warnings}")
    return 0


def _lines(finding: Finding) -> list[str]:
    lines = [f"{_MARKS[finding.level]}  {finding.topic}: {finding.text}"]
    return [*lines, f"         → {finding.advice}"] if finding.advice else lines
