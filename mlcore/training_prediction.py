"""What a whole training run would take here: time and memory, measured on its first steps, and what to change."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from mlcore.errors import MlcoreError, OutOfMemory
from mlcore.finding import Finding
from mlcore.free_memory import FreeMemory, free_host_memory
from mlcore.loss_network_name import LossNetworkName
from mlcore.train_config import TrainConfig
from mlcore.training_cost import measure_training_cost

FINE_TUNING_STEPS = (400, 600)
"""Steps that a style needs when it starts from another one (--init-from)."""
LONG = 12 * 3600
"""Seconds from which a run is called long."""
MOST_OF_IT = 0.8
"""Share of the free memory above which a run leaves little for loader processes and everything else."""
_UNITS = (
    ("second", 1, 90),
    ("minute", 60, 90 * 60),
    ("hour", 3600, 48 * 3600),
    ("day", 86_400, math.inf),
)
"""Name, seconds, and below how many seconds it is used."""


@dataclass(frozen=True)
class PlannedRun:
    """The run that is predicted: of :class:`TrainConfig`, what time and memory depend on; its defaults."""

    batch_size: int = TrainConfig.batch_size
    image_size: int = TrainConfig.image_size
    max_steps: int = TrainConfig.max_steps


def free_memory(device: torch.device) -> FreeMemory | None:
    """Return the memory of ``device`` that is there to take; ``None`` where nothing says."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
        return FreeMemory(*torch.cuda.mem_get_info(device))
    return free_host_memory() if device.type == "cpu" else None


def describe_memory(device: torch.device) -> Finding:
    """Return how much memory there is to compute in."""
    memory = free_memory(device)
    if memory is None:
        return Finding.fact("memory", "This system does not say how much is free.")
    limit = f", limited by the {memory.limit}" if memory.limit else ""
    return Finding.fact("memory", f"{_gib(memory.free)} of {_gib(memory.total)} free{limit}")


def predict_run(run: PlannedRun, device: torch.device, loss_network: LossNetworkName) -> Iterator[Finding]:
    """Measure some steps (about 20 seconds on a slow CPU) and yield what the whole run would take."""
    busy = _busy() if device.type == "cpu" else ""
    try:
        cost = measure_training_cost(
            run.batch_size,
            run.image_size,
            loss_network=loss_network,
            cpu=device.type == "cpu",
            threads=torch.get_num_threads(),
        )
    except OutOfMemory as error:
        yield Finding.problem("prediction", str(error), "")  # the error says what to change
        return
    except MlcoreError as error:
        yield Finding.warning("prediction", str(error), "Leave it out with --no-prediction.")
        return
    yield _time(run, cost.seconds_per_step, device, busy)
    yield _memory(cost.peak_bytes, free_memory(device))


def _time(run: PlannedRun, seconds_per_step: float, device: torch.device, busy: str) -> Finding:
    whole = run.max_steps * seconds_per_step
    low, high = FINE_TUNING_STEPS
    text = (
        f"{seconds_per_step:.2g} s for a step of {run.batch_size} photos at {run.image_size}×{run.image_size}: "
        f"{run.max_steps:,} steps would take {in_words(whole)} here"
    )
    if run.max_steps > high:
        text += (
            f"; with --init-from a trained style {low} to {high} steps are enough: {in_words(high * seconds_per_step)}"
        )
    text += busy
    if whole < LONG:
        return Finding.fact("time", text)
    faster = "--use-amp, " if device.type == "cuda" else ""
    return Finding.warning(
        "time",
        text,
        f"Start from a trained style with --init-from, or lower --max-steps; {faster}a smaller --image-size "
        "or --batch-size makes a step quicker.",
    )


def _busy() -> str:
    """Return what to add where other programs keep the cores busy while steps are measured."""
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if load < cores:
        return ""
    return f". Other programs are busy (load {load:.1f}, {cores} cores): without them it is quicker"


def _memory(peak: int, free: FreeMemory | None) -> Finding:
    if free is None:
        return Finding.fact("memory for it", f"{_gib(peak)}")
    text = f"{_gib(peak)} of the {_gib(free.free)} that are free"
    if peak <= MOST_OF_IT * free.free:
        return Finding.fact("memory for it", text)
    return Finding.warning(
        "memory for it", text, "Choose a smaller --batch-size or --image-size, or --grad-checkpoint or --use-amp."
    )


def in_words(seconds: float) -> str:
    """Return a duration as people say it: "about 19 hours"."""
    unit, length = next((unit, length) for unit, length, below in _UNITS if seconds < below)
    number = max(1, round(seconds / length))
    return f"about {number} {unit}{'' if number == 1 else 's'}"


def _gib(size: int) -> str:
    return f"{size / 2**30:.1f} GiB"
