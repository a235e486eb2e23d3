"""``plot``: draw the losses and the samples of a training run that is going on, was stopped or is done."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mlcore.commands.console import Console
from mlcore.contact_sheet import evenly_spaced, sheet_over_time
from mlcore.errors import ConfigError
from mlcore.image_io import open_photo, save_image, write_atomically
from mlcore.training_events import FileWritten, StepDone, TrainingEvent
from mlcore.training_log import LOG_NAME, Outcome, TrainingHistory, read_log

SUMMARY = "Draw the losses and the samples of a training run, also while it is going on."

CHART_NAME, SHEET_NAME = "losses.png", "samples.jpg"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--checkpoint-dir",
        type=Path,
        metavar="PATH",
        default=Path("checkpoints"),
        help=f"folder of the run's checkpoints, where its log {LOG_NAME} is (default: %(default)s)",
    )
    parser.add_argument(
        "--output-dir",
        type=Path,
        metavar="PATH",
        default=Path("outputs"),
        help=f"folder of its samples; {CHART_NAME} and {SHEET_NAME} are written there (default: %(default)s)",
    )


def run(options: dict[str, Any], console: Console) -> int:
    """Draw both pictures; without samples there is only the chart."""
    folder, output = options["checkpoint_dir"], options["output_dir"]
    try:
        history = read_log(folder / LOG_NAME)
    except OSError as error:
        raise ConfigError(
            f"The log {folder / LOG_NAME} cannot be read ({error.strerror}): check --checkpoint-dir."
        ) from error
    console.print(f"chart: {draw_chart(history, output)}")
    sheet = draw_sheet(history, output)
    if sheet is None:
        console.note(f"No sample of this run is in {output}, so {SHEET_NAME} is not drawn: check --output-dir.")
    else:
        console.print(f"samples: {sheet}")
    return 0


def draw_chart(history: TrainingHistory, output_dir: Path) -> Path:
    """Write OUTPUT_DIR/losses.png and return its path.

    Raises:
        ChartError: there are no losses yet, or there is no Matplotlib.
        OSError: it cannot be written.
    """
    from mlcore.loss_chart import loss_chart

    path = output_dir / CHART_NAME
    write_atomically(path, loss_chart(history))
    return path


def draw_sheet(history: TrainingHistory, output_dir: Path) -> Path | None:
    """Write OUTPUT_DIR/samples.jpg and return its path; None where none of the run's samples is there.

    Raises:
        ImageError: a sample is damaged.
        OSError: it cannot be written.
    """
    # By name: the folder may have been moved since, and may hold samples of other runs.
    named = [(file.step, output_dir / file.path.name) for file in history.files if file.kind == "sample"]
    found = [(step, path) for step, path in named if path.is_file()]
    if not found:
        return None
    samples = [(step, open_photo(path)) for step, path in (found[place] for place in evenly_spaced(len(found)))]
    path = output_dir / SHEET_NAME
    save_image(sheet_over_time(samples), path)
    return path


class PicturesOfRun:
    """Draws both pictures of the run whose events it sees, when it ends and, if ``live``, at every checkpoint."""

    def __init__(
        self, checkpoint_dir: Path, output_dir: Path, note: Callable[[str], None], *, live: bool = False
    ) -> None:
        self._log, self._output_dir, self._note, self._live = checkpoint_dir / LOG_NAME, output_dir, note, live
        self._has_losses = False

    def see(self, event: TrainingEvent) -> None:
        """Draw if it is time."""
        self._has_losses |= isinstance(event, StepDone) and event.losses is not None
        if self._live and isinstance(event, FileWritten) and event.kind == "checkpoint":
            self._draw()

    def end(self, outcome: Outcome, reason: str) -> None:
        """Draw, however the run ended, unless it ended before there was something to draw."""
        if self._has_losses and (drawn := self._draw()):
            self._note(f"Drawn: {', '.join(map(str, drawn))}")

    def _draw(self) -> list[Path]:
        try:
            history = read_log(self._log)
            drawn = [draw_chart(history, self._output_dir), draw_sheet(history, self._output_dir)]
            return [path for path in drawn if path is not None]
        except Exception as error:  # a full disk, or any fault in drawing: no reason to end a run of days
            self._note(f"{CHART_NAME} and {SHEET_NAME} could not be drawn: {error}")
            return []
