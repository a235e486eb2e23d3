from __future__ import annotations

import os

import pytest
import torch

from mlcore import training_prediction
from mlcore.errors import OutOfMemory, TrainingError
from mlcore.free_memory import FreeMemory
from mlcore.training_cost import TrainingCost
from mlcore.training_prediction import PlannedRun, describe_memory, in_words, predict_run

GIB = 2**30
CPU = torch.device("cpu")


@pytest.fixture
def predict(monkeypatch):
    """Return a function that gives the findings for a cost, as if it had been measured, and for free memory."""

    def run(cost: TrainingCost | Exception, free: int = 16 * GIB, planned: PlannedRun | None = None, load: float = 0.3):
        def measured(*_: object, **__: object) -> TrainingCost:
            if isinstance(cost, Exception):
                raise cost
            return cost

        monkeypatch.setattr(training_prediction, "measure_training_cost", measured)
        monkeypatch.setattr(os, "getloadavg", lambda: (load, 0.0, 0.0))
        monkeypatch.setattr(training_prediction, "free_host_memory", lambda: FreeMemory(free, 20 * GIB))
        return list(predict_run(planned or PlannedRun(), CPU, "vgg19"))

    return run


def test_the_default_run_on_a_slow_computer(predict):
    time, memory = predict(TrainingCost(1.7, 2 * GIB))
    assert (time.level, time.text) == (
        "warning",
        "1.7 s for a step of 4 photos at 256×256: 40,000 steps would take about 19 hours here; with --init-from a "
        "trained style 400 to 600 steps are enough: about 17 minutes",
    )
    assert "--init-from" in time.advice
    assert "--max-steps" in time.advice
    assert (memory.level, memory.text) == ("fact", "2.0 GiB of the 16.0 GiB that are free")


def test_the_default_run_on_a_fast_computer(predict):
    assert [finding.level for finding in predict(TrainingCost(0.03, 2 * GIB))] == ["fact", "fact"]


def test_a_short_run_needs_no_other_style(predict):
    time, _ = predict(TrainingCost(1.7, GIB), planned=PlannedRun(max_steps=600))
    assert time.level == "fact"
    assert time.text.endswith("600 steps would take about 17 minutes here")


def test_a_busy_machine_is_said_to_be_one(predict, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    time, _ = predict(TrainingCost(0.03, GIB), load=5.83)
    assert time.text.endswith("Other programs are busy (load 5.8, 2 cores): without them it is quicker")


def test_a_run_that_only_just_fits_is_warned_of(predict):
    _, memory = predict(TrainingCost(0.1, 2 * GIB), free=int(2.2 * GIB))
    assert (memory.level, memory.text) == ("warning", "2.0 GiB of the 2.2 GiB that are free")
    for option in ("--batch-size", "--image-size", "--grad-checkpoint", "--use-amp"):
        assert option in memory.advice


def test_a_run_that_does_not_fit_is_a_problem(predict):
    (finding,) = predict(OutOfMemory("Too much. Use --batch-size 2."))
    assert (finding.level, finding.text) == ("problem", "Too much. Use --batch-size 2.")


def test_a_measurement_that_fails_is_only_a_warning(predict):
    (finding,) = predict(TrainingError("It ended."))
    assert (finding.level, finding.text) == ("warning", "It ended.")
    assert "--no-prediction" in finding.advice


def test_a_limit_is_named(monkeypatch):
    memory = FreeMemory(GIB, 2 * GIB, "control group")
    monkeypatch.setattr(training_prediction, "free_host_memory", lambda: memory)
    assert describe_memory(CPU).text == "1.0 GiB of 2.0 GiB free, limited by the control group"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "about 1 second"),
        (89, "about 89 seconds"),
        (90, "about 2 minutes"),
        (75 * 60, "about 75 minutes"),
        (68_000, "about 19 hours"),
        (100 * 3600, "about 4 days"),
    ],
)
def test_durations(seconds, words):
    assert in_words(seconds) == words
