from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from mlcore.errors import ConfigError, OutOfMemory, TrainingError
from mlcore.training_cost import TrainingCost, measure_training_cost

ROOT = Path(__file__).resolve().parents[2]
MIB = 2**20


def measure(**options: object) -> TrainingCost:
    values = {"batch_size": 1, "image_size": 32, "loss_network": "vgg16", "cpu": True, "threads": 1, "seconds": 1.0}
    return measure_training_cost(**(values | options))


def test_larger_steps_cost_more():
    small, large = measure(), measure(batch_size=2, image_size=128)
    assert 0 < small.seconds_per_step < large.seconds_per_step
    # Activations of both networks and their gradients are kilobytes for every pixel.
    pixels = 2 * 128**2 - 32**2
    assert 2000 * pixels < large.peak_bytes - small.peak_bytes < 12_000 * pixels


def test_what_training_refuses_is_refused():
    with pytest.raises(ConfigError, match="--image-size"):
        measure(image_size=30)


def test_too_little_memory_is_told_with_advice():
    code = "from mlcore.training_cost import measure_training_cost as m; m(4, 512, loss_network='vgg16', cpu=True)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (1500 * MIB, 1500 * MIB)),
        capture_output=True,
        text=True,
    )
    last = done.stderr.splitlines()[-1]
    assert "OutOfMemory: A step with --batch-size 4 at --image-size 512" in last
    assert "--batch-size" in last.partition(".")[2]


@pytest.mark.parametrize(("number", "error"), [(signal.SIGKILL, OutOfMemory), (signal.SIGTERM, TrainingError)])
def test_a_process_that_is_ended_gives_an_error(number, error):
    def end_it() -> None:
        while not multiprocessing.active_children():
            time.sleep(0.01)
        os.kill(multiprocessing.active_children()[0].pid, number)

    killer = threading.Thread(target=end_it)
    killer.start()
    with pytest.raises(error):
        measure()
    killer.join()
