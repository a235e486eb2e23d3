from __future__ import annotations

import shutil

import pytest
import torch
from torch._dynamo.utils import counters

from mlcore.device import select_device
from mlcore.distributed import Processes
from mlcore.errors import ConfigError
from mlcore.training import TrainingRun


def kernels(run: TrainingRun) -> torch.Tensor:
    """All weights but the biases, whose gradient is pure rounding where normalisation follows, in one new vector."""
    state = run.state.network.state_dict()
    return torch.cat([value.flatten() for key, value in state.items() if key.endswith("weight")])


@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("default")  # the compiler's own
def test_a_compiled_network_learns_the_same(configure, tmp_path):
    if not shutil.which("g++"):
        pytest.skip("no C++ compiler here")
    made = []
    for compiled in (False, True):
        torch._dynamo.reset()
        counters.clear()
        config = configure(max_steps=2, lr=1e-4, compile=compiled, checkpoint_dir=tmp_path / str(compiled))
        run = TrainingRun(config, select_device(cpu=True), Processes())
        before = kernels(run)
        list(run.steps(lambda: False))
        made.append(kernels(run) - before)
        assert bool(counters["stats"]["unique_graphs"]) == compiled
    # Adam's first steps have the size of the rate even where a gradient is nothing but rounding.
    assert (made[1] - made[0]).norm() < 0.1 * made[0].norm()


def test_without_a_compiler_the_option_is_refused_before_the_first_step(configure, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match=r"--compile needs a C\+\+ compiler"):
        TrainingRun(configure(compile=True), select_device(cpu=True), Processes())
