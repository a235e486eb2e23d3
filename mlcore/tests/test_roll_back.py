from __future__ import annotations

import math

import pytest
import torch

from mlcore.checkpoint import load_style
from mlcore.device import select_device
from mlcore.distributed import Processes
from mlcore.errors import TrainingError
from mlcore.training import TrainingRun
from mlcore.training_events import RolledBack, StepDone


@pytest.fixture
def start(configure):
    return lambda **options: TrainingRun(configure(**options), select_device(cpu=True), Processes())


def poison(run, what: str) -> None:
    """Put one NaN where a bad step of the optimiser would."""
    with torch.no_grad():
        if what == "weight":
            run.state.network.conv3.weight[0, 0, 0, 0] = math.nan
        else:
            run.state.optimizer.state[run.state.network.conv3.weight]["exp_avg"][0, 0, 0, 0] = math.nan


def poison_every_step(run) -> None:
    for event in run.steps(lambda: False):
        if isinstance(event, StepDone):
            poison(run, "weight")


@pytest.mark.parametrize("what", ["weight", "moment"])
def test_a_run_that_meets_nan_goes_back_and_on_with_a_lower_rate(start, what, tmp_path):
    run, seen = start(max_steps=8, log_interval=2, warmup_steps=0), []
    for event in run.steps(lambda: False):
        seen.append(event)
        if isinstance(event, StepDone) and event.step == 5 and not any(isinstance(e, RolledBack) for e in seen):
            poison(run, what)
    (rolled_back,) = [event for event in seen if isinstance(event, RolledBack)]
    assert rolled_back == RolledBack(failed_step=6, step=4, lr_factor=0.5)
    rest = [event for event in seen[seen.index(rolled_back) :] if isinstance(event, StepDone)]
    assert [event.step for event in rest] == [5, 6, 7, 8]
    assert rest[-1].lr == pytest.approx(0.5e-3)
    assert math.isfinite(rest[-1].losses.total)
    load_style(tmp_path / "checkpoints/painting.safetensors")  # refuses NaN


def test_the_state_after_going_back_is_the_one_before(start):
    run = start(max_steps=3)
    events = run.steps(lambda: False)
    next(events)
    good = {key: value.clone() for key, value in run.state.network.state_dict().items()}
    poison(run, "weight")
    assert isinstance(next(events), RolledBack)
    assert all(torch.equal(value, good[key]) for key, value in run.state.network.state_dict().items())


def test_nan_that_returns_ends_the_run_with_advice(start):
    with pytest.raises(TrainingError, match=r"went back to step 1 and on with 0\.5 of the learning rate") as caught:
        poison_every_step(start(max_steps=30))
    assert caught.value.code == "loss_not_finite"


def test_the_advice_fits_the_options(start):
    with pytest.raises(TrainingError, match="leave out --use-amp"):
        poison_every_step(start(max_steps=30, use_amp=True))


def test_nan_after_a_long_good_stretch_is_a_new_incident(start, monkeypatch):
    monkeypatch.setattr("mlcore.training.RETURN_STEPS", 3)
    run, rolled_back = start(max_steps=8, warmup_steps=0), []
    for event in run.steps(lambda: False):
        if isinstance(event, RolledBack):
            rolled_back.append(event)
        elif isinstance(event, StepDone) and event.step in (1, 6) and len(rolled_back) == (event.step == 6):
            poison(run, "weight")
    assert [event.lr_factor for event in rolled_back] == [0.5, 0.25]


def test_the_lower_rate_outlives_a_resume(start, configure):
    run = start(max_steps=4, warmup_steps=0, checkpoint_interval=3)
    poisoned = False
    for event in run.steps(lambda: False):
        if isinstance(event, StepDone) and not poisoned:
            poison(run, "weight")
            poisoned = True
    resumed = start(max_steps=4, resume=run.config.checkpoint_dir / "checkpoint_000003.pth")
    assert resumed.state.lr_factor == 0.5
