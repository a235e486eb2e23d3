"""The log of a training run, ``training.jsonl`` beside the checkpoints: one JSON object a line. Needs no torch."""

from __future__ import annotations

import dataclasses
import errno
import json
import math
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from mlcore.training_events import (
    FileNotWritten,
    FileWritten,
    LossValues,
    PhotosSkipped,
    RolledBack,
    StepDone,
    TrainingEvent,
)

LOG_NAME = "training.jsonl"

Outcome = Literal["finished", "stopped", "failed"]

_NAMES: dict[type, str] = {
    StepDone: "step",
    FileWritten: "file_written",
    FileNotWritten: "file_not_written",
    RolledBack: "rolled_back",
    PhotosSkipped: "photos_skipped",
}


class TrainingLog:
    """Appends what a run yields to CHECKPOINT_DIR/training.jsonl.

    Each line has ``event``, ``time`` (RFC 3339, UTC) and the event's values; values that are no finite number are
    ``null``. The first line of a run is ``started``, the last ``finished``, ``stopped`` or ``failed``. A run that
    ends before its first event leaves no line, so that a mistyped option does not hide the run before it.
    """

    def __init__(self, checkpoint_dir: Path, config: dict[str, Any], device: str, note: Callable[[str], None]) -> None:
        self._path = checkpoint_dir / LOG_NAME
        self._config, self._device, self._note = config, device, note
        self._started_at, self._since = _now(), time.monotonic()
        self._started = self._broken = False

    def see(self, event: TrainingEvent) -> None:
        """Write a line for ``event``; steps only where losses are read."""
        if not self._started:
            self._start(event)
        if isinstance(event, StepDone):
            if event.losses:
                self._write("step", _now(), _flat_step(event))
        else:
            self._write(_NAMES[type(event)], _now(), dataclasses.asdict(event))

    def end(self, outcome: Outcome, reason: str) -> None:
        """Write the last line: how the run ended, why, and the seconds it took."""
        if self._started:
            seconds = round(time.monotonic() - self._since, 1)
            self._write(outcome, _now(), {"reason": reason, "seconds": seconds})

    def _start(self, first: TrainingEvent) -> None:
        import torch

        self._started = True
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            _end_cut_off_line(self._path)
        except OSError as error:
            self._give_up(error)
        values = {
            "from_step": step_before(first),
            "config": self._config,
            "versions": {"python": platform.python_version(), "torch": str(torch.__version__)},
            "device": self._device,
        }
        self._write("started", self._started_at, values)

    def _write(self, event: str, when: str, values: dict[str, Any]) -> None:
        if self._broken:
            return
        line = json.dumps(_plain({"event": event, "time": when} | values), allow_nan=False)
        try:
            # Opened for every line: what is written is in the file, and a full disk is noticed here and not later.
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        self._broken = True
        self._note(f"The log {self._path} cannot be written ({error.strerror}). The run goes on without it.")


@dataclass(frozen=True)
class LoggedRun:
    """One start of the trainer."""

    time: str
    """When it started, RFC 3339, UTC."""
    from_step: int | None
    """Step of the checkpoint it went on from; 0 for a run from the beginning, None where that is not known."""
    config: dict[str, Any]
    """TrainConfig's values as JSON types."""
    versions: dict[str, str]
    device: str
    outcome: Outcome | None = None
    """None while it is still going, or when the process was killed."""
    reason: str = ""
    seconds: float | None = None


@dataclass(frozen=True)
class TrainingHistory:
    """What led to the state a training is in now, in order of steps, without what was undone.

    What lies beyond the step that a later run went on from, or that a roll-back went back to, is left out.
    """

    runs: list[LoggedRun] = field(default_factory=list)
    steps: list[StepDone] = field(default_factory=list)
    """Steps whose losses were read; a loss that was no finite number is NaN."""
    files: list[FileWritten] = field(default_factory=list)
    not_written: list[FileNotWritten] = field(default_factory=list)
    rollbacks: list[RolledBack] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)

    def forget_beyond(self, step: int) -> None:
        """Leave out what came after ``step``."""
        for events in (self.steps, self.files, self.not_written, self.rollbacks):
            _drop_beyond(step, events)


def read_log(path: Path) -> TrainingHistory:
    """Read a log, also one that is being written.

    Lines that are cut off (the process was killed), damaged or of an unknown kind are passed over.

    Raises:
        OSError: there is no such file, or it cannot be read.
    """
    history = TrainingHistory()
    if path.exists() and not path.is_file():  # a device may never end
        raise OSError(errno.EINVAL, "it is not a file", str(path))
    with path.open("rb") as file:
        for line in file:
            try:
                values = json.loads(line)
                _take(history, values["event"], values)
            except (ValueError, KeyError, TypeError, RecursionError):
                continue
    return history


def step_before(event: TrainingEvent) -> int | None:
    """Return the step a run went on from, told by its first event; None where the event does not say."""
    if isinstance(event, PhotosSkipped):
        return None
    return event.step - 1 if isinstance(event, StepDone) else event.step


def _take(history: TrainingHistory, event: str, values: dict[str, Any]) -> None:
    match event:
        case "started":
            from_step = None if values["from_step"] is None else int(values["from_step"])
            config, versions = dict(values["config"]), dict(values["versions"])
            run = LoggedRun(str(values["time"]), from_step, config, versions, str(values["device"]))
            if from_step is not None:
                history.forget_beyond(from_step)
                history.runs[:] = [earlier for earlier in history.runs if (earlier.from_step or 0) < from_step]
            history.runs.append(run)
        case "finished" | "stopped" | "failed" if history.runs:
            ending = {"outcome": event, "reason": values["reason"], "seconds": values["seconds"]}
            history.runs[-1] = dataclasses.replace(history.runs[-1], **ending)
        case "step":
            step = _step_from(values)
            history.forget_beyond(step.step - 1)
            history.steps.append(step)
        case "file_written":
            history.files.append(FileWritten(values["kind"], Path(values["path"]), int(values["step"])))
        case "file_not_written":
            missing = (values["kind"], Path(values["path"]), int(values["step"]), values["reason"])
            history.not_written.append(FileNotWritten(*missing))
        case "rolled_back":
            rollback = RolledBack(int(values["failed_step"]), int(values["step"]), float(values["lr_factor"]))
            history.forget_beyond(rollback.step)
            history.rollbacks.append(rollback)
        case "photos_skipped":
            history.skipped.update(values["reasons"])


def _drop_beyond(step: int, events: list[Any]) -> None:
    while events and events[-1].step > step:  # from the end: a list comprehension would make reading quadratic
        events.pop()


def _flat_step(event: StepDone) -> dict[str, Any]:
    values = dataclasses.asdict(event)
    del values["losses"]
    return values | (event.losses._asdict() if event.losses else {})


def _step_from(values: dict[str, Any]) -> StepDone:
    def number(name: str) -> float:
        return math.nan if values[name] is None else float(values[name])

    return StepDone(
        int(values["step"]),
        int(values["max_steps"]),
        LossValues(*map(number, LossValues._fields)),
        number("lr"),
        number("style_weight"),
        number("images_per_second"),
    )


def _plain(value: Any) -> Any:
    """Return ``value`` as JSON can hold it; JSON knows no NaN and no infinity."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, Path) else value


def _end_cut_off_line(path: Path) -> None:
    """Give the last line its end if an earlier process was killed while it wrote."""
    if path.is_file() and path.stat().st_size:
        with path.open("rb+") as file:
            file.seek(-1, 2)
            if file.read() != b"\n":
                file.write(b"\n")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
