"""Opening the engine that paints a style fastest on this machine. Needs no torch."""

from __future__ import annotations

import dataclasses
import functools
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from mlcore.engines.candidates import CANDIDATES, ENGINES, TORCH, Candidate, EngineName, Setting
from mlcore.engines.chosen_engine import ChosenEngine
from mlcore.engines.machine import may_have_gpu
from mlcore.engines.race import SIDE, Race, remembered_race
from mlcore.errors import ConfigError, EngineUnavailable

logger = logging.getLogger(__name__)


def open_engine(
    style_file: Path,
    *,
    engine: EngineName | Literal["auto"] = "auto",
    cpu: bool = False,
    threads: int | None = None,
    cache: Path | None = None,
) -> ChosenEngine:
    """Return an engine for a style, for one thread at a time.

    With "auto" a GPU is used through torch. On a CPU every engine that can be used paints a small photo a few times,
    once per machine, and the fastest is taken; int8 only where it is clearly faster and its deviation for this style is
    small. An engine that cannot be used is passed over, and :meth:`ChosenEngine.describe` says why.

    Args:
        style_file: any file :func:`mlcore.checkpoint.load_style` reads.
        engine: "auto", or the engine to use, which then must work; in int8 under the same conditions.
        cpu: leave a GPU alone.
        threads: how many to compute with on the CPU; ``None`` for one a core.
        cache: folder where measurements and what took long to prepare are kept; ``None`` to keep them in memory only.

    Raises:
        ConfigError: there is no engine of that name.
        EngineUnavailable: the engine asked for, or with "auto" every one, cannot be used; the message says why.
        CheckpointError: the style file is missing, damaged, or not this network.
    """
    if engine != "auto" and engine not in ENGINES:
        raise ConfigError(f"--engine {engine} is not known: choose auto, {', '.join(sorted(ENGINES))}.")
    setting = Setting(style_file, threads, cpu, cache)
    if engine == "auto" and not cpu and may_have_gpu():
        from mlcore.device import describe_device, select_device

        device = select_device()
        if device.type != "cpu":
            return ChosenEngine(
                TORCH.open(setting), None, functools.partial(TORCH.open, setting), f"{describe_device(device)}."
            )
    return _opened([one for one in CANDIDATES if engine in ("auto", one.engine)], setting)


def _opened(candidates: Sequence[Candidate], setting: Setting) -> ChosenEngine:
    # There is nothing to measure when there is nothing to choose from.
    race = remembered_race(candidates, setting) if len(candidates) > 1 else Race({candidates[0].label: 0.0})
    passed_over = dict(race.skipped)
    for candidate in race.order(candidates):
        try:
            opened = candidate.open(setting)
        except EngineUnavailable as error:
            logger.info("%s", error)
            passed_over[candidate.label] = str(error)
            continue
        reason = _reason(race, passed_over) if len(candidates) > 1 else "as asked for."
        # In strips a CPU computes whatever device the engine has: what it found too large is larger still there.
        strips = dataclasses.replace(setting, cpu=True)
        bytes_per_pixel = getattr(opened, "bytes_per_pixel", candidate.bytes_per_pixel)
        return ChosenEngine(opened, bytes_per_pixel, functools.partial(TORCH.open, strips), reason)
    raise EngineUnavailable(" ".join(dict.fromkeys(passed_over.values())))


def _reason(race: Race, passed_over: dict[str, str]) -> str:
    times = sorted(race.seconds.items(), key=lambda item: item[1])
    text = f"{SIDE}×{SIDE} pixels take " + ", ".join(f"{label} {1000 * seconds:.0f} ms" for label, seconds in times)
    return " ".join([f"{text}.", *dict.fromkeys(passed_over.values())])
