"""Which engine is fastest here, measured once and remembered. Needs no torch."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from mlcore.engines.candidates import Candidate, Setting
from mlcore.engines.engine import Pixels
from mlcore.engines.machine import machine_digest
from mlcore.errors import EngineUnavailable
from mlcore.image_io import write_atomically

SIDE = 512
"""Pixels of the square photo, the size most people choose: at 256 int8 can win that loses from 512 on."""
ROUNDS = 2
INT8_GAIN = 0.9
"""int8 must take less than this share of the best float32 time to be worth its deviation."""

logger = logging.getLogger(__name__)
_remembered: dict[str, Race] = {}


@dataclass(frozen=True)
class Race:
    """What was measured."""

    seconds: dict[str, float] = field(default_factory=dict)
    """Shortest time for one photo by the candidate's label."""
    skipped: dict[str, str] = field(default_factory=dict)
    """Why a candidate did not take part."""

    def order(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Return those of ``candidates`` that took part, the one to use first."""

        def time_to_beat(candidate: Candidate) -> float:
            seconds = self.seconds[candidate.label]
            return seconds / INT8_GAIN if candidate.precision == "int8" else seconds

        return sorted((one for one in candidates if one.label in self.seconds), key=time_to_beat)


def remembered_race(candidates: Sequence[Candidate], setting: Setting) -> Race:
    """Return the race of these candidates on this machine, from memory or ``setting.cache`` if it was run before.

    Raises:
        MlcoreError: the style file cannot be used.
    """
    key = "-".join([str(SIDE), machine_digest(setting.threads), *(one.label.replace(" ", "-") for one in candidates)])
    if key not in _remembered:
        file = setting.cache / "engine-race" / f"{key}.json" if setting.cache else None
        found = _read(file) if file else None
        if found is None:
            found = run_race(candidates, setting)
            if file:
                _write(file, found)
        _remembered[key] = found
    return _remembered[key]


def run_race(candidates: Sequence[Candidate], setting: Setting) -> Race:
    """Let every candidate paint the same photo in turn.

    Raises:
        MlcoreError: the style file cannot be used.
    """
    skipped = {}
    runners = {}
    for candidate in candidates:
        try:
            runners[candidate.label] = candidate.open_for_race(setting)
        except EngineUnavailable as error:
            skipped[candidate.label] = str(error)
            logger.info("%s", error)
    photo = _photo()
    times: dict[str, list[float]] = {label: [] for label in runners}
    for _ in range(1 + ROUNDS):
        for label, engine in list(runners.items()):
            start = time.perf_counter()
            try:
                engine.paint(photo)
            except Exception as error:  # opened, but its kernels do not run here
                skipped[label] = f"The engine {label} cannot paint here: {type(error).__name__}: {error}"
                logger.warning("%s", skipped[label])
                del runners[label]
            times[label].append(time.perf_counter() - start)
    # The first is warming up. The shortest, for whatever else runs on the machine only adds.
    return Race({label: min(times[label][1:]) for label in runners}, skipped)


def _photo() -> Pixels:
    columns, rows = np.meshgrid(np.arange(SIDE), np.arange(SIDE))
    return np.stack([columns, rows, columns ^ rows], axis=-1).astype(np.uint8)


def _read(file: Path) -> Race | None:
    try:
        values = json.loads(file.read_text())
        return Race(
            {str(label): float(seconds) for label, seconds in values["seconds"].items()},
            {str(label): str(reason) for label, reason in values["skipped"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # not there, or half a file: raced again
        return None


def _write(file: Path, race: Race) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, (json.dumps(asdict(race), indent=2) + "\n").encode())
    except OSError as error:
        logger.warning("the engines will be measured again next time: %s cannot be written (%s)", file, error.strerror)
