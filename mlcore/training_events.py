"""What a training run tells its caller while it works: plain values, no tensors, no torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

FileKind = Literal["sample", "checkpoint", "model", "style"]


class LossValues(NamedTuple):
    """Weighted losses of one step as plain numbers; in a distributed run, means over all processes."""

    total: float
    content: float
    style: float
    tv: float


@dataclass(frozen=True)
class StepDone:
    """One optimiser step (counted from 1); ``losses`` only every log interval: reading them waits for the device."""

    step: int
    max_steps: int
    losses: LossValues | None = None
    lr: float = 0.0
    style_weight: float = 0.0
    """Style weight of this step, which rises at the start of a run."""
    images_per_second: float = 0.0
    """Photos trained on a second since the last time losses were read, all processes together."""


@dataclass(frozen=True)
class FileWritten:
    """A sample, checkpoint, model or style file is on disk, whole.

    A sample's ``path`` is the picture with content and painting side by side (``sample_000500.jpg``); beside it lie
    ``sample_000500_content.jpg`` and ``sample_000500_stylized.jpg``.
    """

    kind: FileKind
    path: Path
    step: int


@dataclass(frozen=True)
class FileNotWritten:
    """A sample or a checkpoint could not be written (the disk is full, say); the run goes on without it."""

    kind: FileKind
    path: Path
    step: int
    reason: str


@dataclass(frozen=True)
class RolledBack:
    """The loss or a weight was NaN or infinite: the run went back to the last good state with a lower rate."""

    failed_step: int
    """Step at which it was noticed."""
    step: int
    """Step of the state that was restored; the next step is one more."""
    lr_factor: float
    """What the learning rate is multiplied by from here on, all roll-backs together."""


@dataclass(frozen=True)
class PhotosSkipped:
    """Photos that could not be used; yielded once, when the run ends or stops."""

    reasons: dict[str, str]
    """File → why it was skipped, a sentence."""


TrainingEvent = StepDone | FileWritten | FileNotWritten | RolledBack | PhotosSkipped
