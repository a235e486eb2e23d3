"""What a style costs to paint in, in the engine that paints it here, and what it paints. Needs no torch."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mlcore.artefacts import Artefacts, measure_artefacts
from mlcore.engines.chosen_engine import ChosenEngine
from mlcore.peak_memory import forget_peak, peak_bytes
from mlcore.preview_photos import preview_photos
from mlcore.progress_report import Report, silent

SMALL, LARGE = (512, 384), (1024, 768)
"""Sizes painted to measure with, pixels. The step between them is free of what an engine takes whatever the size."""
ROUNDS = 3


@dataclass(frozen=True)
class StyleProfile:
    """What was measured on this machine."""

    engine: str
    precision: str
    deviation: dict[str, float] | None
    """From float32, where the engine computes in int8."""
    ms_per_megapixel: float
    """Milliseconds for a million pixels; the quickest of several paintings, for whatever else runs only adds."""
    mb_per_megapixel: float
    """Megabytes more of memory for a million pixels more."""
    artefacts: Artefacts

    def as_json(self) -> dict[str, Any]:
        """Return JSON types."""
        return asdict(self) | {"artefacts": self.artefacts.as_json(), "faults": self.artefacts.faults()}


def profile_style(engine: ChosenEngine, folder: Path, report: Report = silent) -> StyleProfile:
    """Paint the preview photos into ``folder`` (NAME.png) and measure what painting costs.

    The peak of the process's memory is read, so nothing else should go on in the process.

    Args:
        engine: of the style, as a worker opens it.
        folder: where the paintings go, lossless.
        report: called with the share done.

    Raises:
        OutOfMemory: a painting of less than a megapixel needs more memory than there is.
        OSError: a file cannot be written.
    """
    photos = preview_photos()
    scene = photos["landscape"]
    small, large = (np.array(scene.resize(size, Image.Resampling.LANCZOS)) for size in (SMALL, LARGE))
    steps = 1 + ROUNDS + len(photos)
    forget_peak()  # choosing the engine may have taken more
    engine.paint(small)
    before = peak_bytes()
    forget_peak()
    report(1 / steps)
    seconds = []
    for turn in range(ROUNDS):
        start = time.perf_counter()
        engine.paint(large)
        seconds.append(time.perf_counter() - start)
        report((2 + turn) / steps)
    more_bytes = peak_bytes() - before
    paintings = []
    for index, (name, photo) in enumerate(photos.items()):
        paintings.append(engine.paint(np.array(photo)))
        Image.fromarray(paintings[-1]).save(folder / f"{name}.png")
        report((2 + ROUNDS + index) / steps)
    measured = engine.deviation
    return StyleProfile(
        engine=engine.engine.name,
        precision=engine.engine.precision,
        deviation=asdict(measured) if measured else None,
        ms_per_megapixel=1000 * min(seconds) / _megapixels(LARGE),
        mb_per_megapixel=max(0.0, more_bytes / 1e6 / (_megapixels(LARGE) - _megapixels(SMALL))),
        artefacts=measure_artefacts(paintings),
    )


def _megapixels(size: tuple[int, int]) -> float:
    return size[0] * size[1] / 1e6
