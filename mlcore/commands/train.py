"""``train``: learn one style from a folder of photos and a painting."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import signal
import types
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from mlcore.commands.console import Console
from mlcore.commands.plot import CHART_NAME, SHEET_NAME, PicturesOfRun
from mlcore.commands.training_progress import TrainingProgress
from mlcore.tensorboard_log import TensorBoardLog
from mlcore.train_config import TrainConfig, option_name
from mlcore.training_events import FileWritten, StepDone, TrainingEvent
from mlcore.training_log import Outcome, TrainingLog

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
    parser.add_argument(
        "--plot",
        action="store_true",
        help=f"draw OUTPUT_DIR/{CHART_NAME} and {SHEET_NAME} anew at every checkpoint, not only at the end "
        "(default: no)",
    )


def run(options: dict[str, Any], console: Console) -> int:
    """Train and report; Ctrl-C and SIGTERM write a checkpoint first and end with status 130.

    Of the processes that torchrun starts only the first one reports.
    """
    from mlcore.device import describe_device, select_device
    from mlcore.distributed import Processes

    config = TrainConfig(**{field.name: options[field.name] for field in dataclasses.fields(TrainConfig)})
    if not Processes.from_environment().is_main:
        return 130 if _train(config, [], lambda _: None).stopped else 0
    device = describe_device(select_device(cpu=config.cpu))
    console.note(f"Training on {device}")
    if config.max_steps < config.style_ramp_end:
        console.note(
            f"The style weight is not full before step {config.style_ramp_end}, the run ends at {config.max_steps}: "
            "lower --style-ramp-start and --style-ramp-end to see the style."
        )
    progress = TrainingProgress(config, console)
    log = TrainingLog(config.checkpoint_dir, config.as_json(), device, progress.note)
    tensorboard = TensorBoardLog(config.output_dir, progress.note)
    pictures = PicturesOfRun(config.checkpoint_dir, config.output_dir, progress.note, live=options["plot"])
    end = _train(config, [log, progress, tensorboard, pictures], progress.note)
    if not end.stopped:
        return 0
    if end.checkpoint is None:
        console.note("Stopped. There is no checkpoint to go on from.")
    else:
        console.note(f"Stopped. Go on with --resume {end.checkpoint}")
    return 130


class _Watcher(Protocol):
    def see(self, event: TrainingEvent) -> None: ...

    def end(self, outcome: Outcome, reason: str) -> None: ...


@dataclasses.dataclass
class _End:
    """How a run ended that was not cut short by an error."""

    stopped: bool = False
    checkpoint: Path | None = None
    """The last one written."""


def _train(config: TrainConfig, watchers: list[_Watcher], note: Callable[[str], None]) -> _End:
    """Train, show every event to all watchers, and tell them the end, whichever it is."""
    from mlcore.training import train

    end = _End()
    step = 0
    outcome: Outcome = "failed"
    reason = ""
    try:
        with _StopOnSignal(note) as stop:
            for event in train(config, stop_requested=lambda: stop.requested):
                step = event.step if isinstance(event, StepDone) else step
                if isinstance(event, FileWritten) and event.kind == "checkpoint":
                    end.checkpoint = event.path
                for watcher in watchers:
                    watcher.see(event)
        end.stopped = step < config.max_steps  # a request in the last step changes nothing
        outcome = "stopped" if end.stopped else "finished"
        reason = f"Stopped by a signal after step {step}." if end.stopped else f"All {step} steps are done."
    except KeyboardInterrupt:
        outcome, reason = "stopped", "Stopped at once by a second Ctrl-C; no checkpoint was written for it."
        raise
    except BaseException as error:
        reason = str(error) or type(error).__name__
        raise
    finally:
        for watcher in watchers:
            watcher.end(outcome, reason)
    return end


class _StopOnSignal:
    """Turn the first Ctrl-C or SIGTERM into a request; a second Ctrl-C stops at once."""

    def __init__(self, note: Callable[[str], None]) -> None:
        self.requested = False
        self._note = note
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
        # A stream that was just being written to when the signal came refuses to be written to again.
        with contextlib.suppress(RuntimeError):
            self._note("Stopping after this step, a checkpoint is written first …")
