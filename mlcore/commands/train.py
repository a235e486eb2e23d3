"""``train``: learn one style from a folder of photos and a painting."""

from __future__ import annotations

import argparse
import dataclasses
import signal
import types
import typing
from pathlib import Path
from typing import Any

from tqdm import tqdm

from mlcore.commands.console import Console
from mlcore.train_config import TrainConfig, option_name
from mlcore.training_events import StepDone

SUMMARY = "Train a new style from a folder of photos and a painting."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add one option for every field of TrainConfig, with its default and unit."""
    hints = typing.get_type_hints(TrainConfig, include_extras=True)
    for field in dataclasses.fields(TrainConfig):
        hint, text = typing.get_args(hints[field.name])
        required = field.default is dataclasses.MISSING
        keywords: dict[str, Any] = {"dest": field.name, "required": required}
        if isinstance(hint, types.UnionType):  # Path | None
            hint = next(option for option in typing.get_args(hint) if option is not type(None))
        if hint is bool:
            keywords["action"] = "store_true"
        elif typing.get_origin(hint) is typing.Literal:
            keywords["choices"] = typing.get_args(hint)
        else:
            keywords |= {"type": hint, "metavar": {"Path": "PATH", "int": "N", "float": "X"}[hint.__name__]}
        if not required:
            keywords["default"] = field.default
            shown = "none" if field.default is None else "no" if field.default is False else field.default
            text += "" if "default:" in text else f" (default: {shown})"
        parser.add_argument(option_name(field.name), help=text.replace("%", "%%"), **keywords)


def run(options: dict[str, Any], console: Console) -> int:
    """Train and report; Ctrl-C and SIGTERM write a checkpoint first and end with status 130."""
    from mlcore.device import describe_device, select_device
    from mlcore.training import train

    config = TrainConfig(**{field.name: options[field.name] for field in dataclasses.fields(TrainConfig)})
    console.note(f"Training on {describe_device(select_device(cpu=config.cpu))}")
    if config.max_steps < config.style_ramp_end:
        console.note(
            f"The style weight is not full before step {config.style_ramp_end}, the run ends at {config.max_steps}: "
            "lower --style-ramp-start and --style-ramp-end to see the style."
        )
    stop = _StopOnSignal(console)
    last_checkpoint: Path | None = None
    with stop, tqdm(total=config.max_steps, unit="step", file=console.err, dynamic_ncols=True) as bar:
        for event in train(config, stop_requested=lambda: stop.requested):
            if not isinstance(event, StepDone):
                bar.write(f"{event.kind}: {event.path}", file=console.out)
                last_checkpoint = event.path if event.kind == "checkpoint" else last_checkpoint
                continue
            if not bar.n and event.step > 1:
                bar.initial = bar.n = event.step - 1  # resumed: earlier steps count for the bar, not for the speed
            bar.update(event.step - bar.n)
            if event.losses:
                terms = ", ".join(f"{name} {value:.4g}" for name, value in event.losses._asdict().items())
                bar.write(
                    f"step {event.step}: {terms}, lr {event.lr:.2g}, {event.images_per_second:.2f} images/s",
                    file=console.out,
                )
    if stop.requested:
        console.note(f"Stopped. Go on with --resume {last_checkpoint}")
        return 130
    return 0


class _StopOnSignal:
    """Turn the first Ctrl-C or SIGTERM into a request; a second Ctrl-C stops at once."""

    def __init__(self, console: Console) -> None:
        self.requested = False
        self._console = console
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> _StopOnSignal:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._previous[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _handle(self, number: int, _frame: object) -> None:
        self.requested = True
        signal.signal(number, self._previous[number])
        self._console.note("Stopping after this step, a checkpoint is written first …")
