"""Losses, rates and sample pictures of a training run as event files for TensorBoard."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from mlcore.training_events import FileWritten, RolledBack, StepDone, TrainingEvent
from mlcore.training_log import Outcome, step_before

FOLDER_NAME = "tensorboard"


class TensorBoardLog:
    """Appends what a run yields to an event file in OUTPUT_DIR/tensorboard.

    Scalars: loss/total, loss/content, loss/style, loss/tv, learning_rate, style_weight, images_per_second; images:
    sample (photo and painting side by side). Every run has an event file of its own. What an earlier run, or this
    one before a roll-back, wrote beyond the step that is gone back to is marked as undone, so TensorBoard drops it.

    torch's SummaryWriter is not used: it writes in a thread, where a full disk becomes a traceback on the terminal.
    """

    def __init__(self, output_dir: Path, note: Callable[[str], None]) -> None:
        # TensorBoard reads the files of a folder in the order of their names.
        name = f"events.out.tfevents.{int(time.time()):010d}.{os.getpid()}"
        self._path, self._note = output_dir / FOLDER_NAME / name, note
        self._started = self._off = False

    def see(self, event: TrainingEvent) -> None:
        """Write what TensorBoard shows of ``event``; a fault is told once and ends the writing, not the run."""
        if self._off:
            return
        try:
            if not self._started:
                self._start(step_before(event))
            if isinstance(event, StepDone) and event.losses:
                self._write_step(event)
            elif isinstance(event, FileWritten) and event.kind == "sample":
                self._write_sample(event)
            elif isinstance(event, RolledBack):
                self._forget_beyond(event.step)
        except ImportError as error:
            self._give_up(f"TensorBoard cannot be loaded ({error}): install tensorboard to have its files.")
        except Exception as error:  # a full disk, or any fault of TensorBoard's own: no reason to end a run of days
            self._give_up(f"TensorBoard's file cannot be written ({error}).")

    def end(self, outcome: Outcome, reason: str) -> None:
        """Do nothing: every event is in the file already."""

    def _start(self, from_step: int | None) -> None:
        self._started = True
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._write(file_version="brain.Event:2")
        if from_step is not None:
            self._forget_beyond(from_step)

    def _forget_beyond(self, step: int) -> None:
        from tensorboard.compat.proto.event_pb2 import SessionLog  # type: ignore[import-untyped]

        self._write(step + 1, session_log=SessionLog(status=SessionLog.START))

    def _write_step(self, event: StepDone) -> None:
        from torch.utils.tensorboard.summary import scalar

        losses = event.losses._asdict() if event.losses else {}
        values = {f"loss/{name}": value for name, value in losses.items()}
        values |= {"learning_rate": event.lr, "style_weight": event.style_weight}
        values["images_per_second"] = event.images_per_second
        for name, value in values.items():
            self._write(event.step, summary=scalar(name, value))

    def _write_sample(self, event: FileWritten) -> None:
        import numpy as np
        from torch.utils.tensorboard.summary import image

        from mlcore.image_io import open_photo

        pixels = np.asarray(open_photo(event.path))  # (height, width, 3), 0 to 255
        self._write(event.step, summary=image("sample", pixels, dataformats="HWC"))

    def _write(self, step: int = 0, **content: object) -> None:
        from tensorboard.compat.proto.event_pb2 import Event
        from torch.utils.tensorboard import RecordWriter

        event = Event(wall_time=time.time(), step=step, **content)
        with self._path.open("ab") as file:
            RecordWriter(file).write(event.SerializeToString())

    def _give_up(self, why: str) -> None:
        self._off = True
        self._note(f"{why} The run goes on without.")
