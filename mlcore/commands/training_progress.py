"""What a person sees of a running training: a bar on one line of the terminal, and lines above it."""

from __future__ import annotations

import time
from typing import Never, TextIO

from tqdm import tqdm

from mlcore.commands.console import Console
from mlcore.train_config import TrainConfig
from mlcore.training_events import (
    FileNotWritten,
    FileWritten,
    LossValues,
    PhotosSkipped,
    RolledBack,
    StepDone,
    TrainingEvent,
)
from mlcore.training_log import Outcome

_BAR = "{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} {remaining} left{postfix}"
_BAR_OF_NARROW_TERMINAL = "{n_fmt}/{total_fmt} {remaining} left{postfix}"
_WIDE = 100
"""Columns from which there is room for a bar beside the figures."""
_PHOTOS_NAMED = 10


class TrainingProgress:
    """Shows events as they come. Where ``console.err`` is no terminal there is no bar, and lines tell the time left."""

    def __init__(self, config: TrainConfig, console: Console) -> None:
        self._config, self._console = config, console
        self._bar: tqdm[Never] | None = None
        self._draws_bar = console.err.isatty()
        self._since, self._steps = time.monotonic(), 0

    def see(self, event: TrainingEvent) -> None:
        """Show one event."""
        match event:
            case StepDone():
                self._step(event)
            case FileWritten():
                self._line(self._console.out, f"{event.kind}: {event.path}")
            case FileNotWritten():
                reason = event.reason.rstrip(".")
                self.note(f"The {event.kind} {event.path} could not be written: {reason}. The run goes on without it.")
            case RolledBack():
                self.note(_rolled_back_sentence(event))
                self._turn_back(event.step)
            case PhotosSkipped():
                self.note(self._skipped_sentences(event))

    def end(self, outcome: Outcome, reason: str) -> None:
        """Leave the bar as it is and begin a new line."""
        if self._bar is not None:
            self._bar.close()

    def note(self, line: str) -> None:
        """Write a line above the bar to ``console.err``."""
        self._line(self._console.err, line)

    def _step(self, event: StepDone) -> None:
        if not self._steps:
            # Steps before a resumed one count for the bar, not for the speed; nor does what came before the first.
            self._since = time.monotonic()
            if self._draws_bar:
                self._bar = tqdm(
                    total=event.max_steps,
                    initial=event.step - 1,
                    file=self._console.err,
                    dynamic_ncols=True,
                    miniters=1,  # tqdm's own guess leaves steps out
                )
        self._steps += 1
        if event.losses:
            terms = ", ".join(f"{name} {value:.4g}" for name, value in event.losses._asdict().items())
            line = f"step {event.step}: {terms}, lr {event.lr:.2g}, {event.images_per_second:.2f} images/s"
            if self._bar is None and self._steps > 1:
                seconds = (time.monotonic() - self._since) / (self._steps - 1) * (event.max_steps - event.step)
                line += f", {tqdm.format_interval(seconds)} left"
            self._line(self._console.out, line)
        if self._bar is not None:
            self._bar.bar_format = _BAR if (self._bar.ncols or _WIDE) >= _WIDE else _BAR_OF_NARROW_TERMINAL
            if event.losses:
                self._bar.set_postfix_str(_figures(event.losses, event.images_per_second), refresh=False)
            self._bar.update(event.step - self._bar.n)

    def _turn_back(self, step: int) -> None:
        if self._bar is not None:
            self._bar.n = self._bar.last_print_n = step
            self._bar.refresh()

    def _skipped_sentences(self, event: PhotosSkipped) -> str:
        count = len(event.reasons)
        lines = [f"{count} {'photo was' if count == 1 else 'photos were'} left out:"]
        lines += [f"  {name}: {reason}" for name, reason in list(event.reasons.items())[:_PHOTOS_NAMED]]
        if count > _PHOTOS_NAMED:
            lines.append(f"  … and {count - _PHOTOS_NAMED} more, all named in the log beside the checkpoints.")
        them = "it" if count == 1 else "them"
        lines.append(f"Mend or remove {them} in {self._config.content_dir} (--content-dir).")
        return "\n".join(lines)

    def _line(self, stream: TextIO, line: str) -> None:
        with tqdm.external_write_mode(file=stream):  # takes the bar away while the line is written
            Console(out=stream).print(line)


def _figures(losses: LossValues, images_per_second: float) -> str:
    terms = f"total {losses.total:.3g}, content {losses.content:.3g}, style {losses.style:.3g}"
    return f"{terms}, {images_per_second:.1f} images/s"


def _rolled_back_sentence(event: RolledBack) -> str:
    return (
        f"Rolled back: by step {event.failed_step} the loss or a weight was no finite number any more. The run goes "
        f"on from step {event.step} with {event.lr_factor:.3g} times the learning rate; if this happens again, "
        "lower --lr or --style-weight."
    )
