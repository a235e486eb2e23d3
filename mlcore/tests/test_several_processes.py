"""Two real processes started by torchrun against one, with the same batch."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from mlcore.checkpoint import load_training_checkpoint

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def start(configure, tmp_path):
    """Start ``mlcore train``, in one process or under torchrun."""
    config = configure()

    def run(name: str, processes: int, *more: object) -> subprocess.Popen[str]:
        words = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", processes] if processes > 1 else []
        words = [sys.executable, *words, "-m", "mlcore", "train", "--cpu", "--content-dir", config.content_dir]
        words += ["--style-image", config.style_image, "--image-size", 32, "--style-size", 32, "--batch-size", 4]
        words += ["--num-workers", 0, "--loss-network", "vgg16", "--loss-weights", config.loss_weights, "--augment"]
        words += ["--style-ramp-start", 0, "--style-ramp-end", 2, "--style-weight", 1000, "--warmup-steps", 2]
        words += ["--checkpoint-dir", tmp_path / name, "--output-dir", tmp_path / f"{name}-outputs", *more]
        return subprocess.Popen(
            [str(word) for word in words],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )

    return run


def weights(path: Path) -> torch.Tensor:
    """All weights in one vector, without the biases whose gradient is pure rounding: normalisation removes them."""
    state = load_training_checkpoint(path)["model_state_dict"]
    return torch.cat([v.flatten() for k, v in state.items() if not k.endswith("bias") or k.startswith("conv_out")])


def test_two_processes_make_the_same_style_as_one(start, tmp_path):
    # A low rate, because Adam's first steps have the size of the rate however small the gradient, and so enlarge
    # the rounding by which a sum over four photos differs from the mean of two sums over two.
    options = ("--lr", 1e-4, "--max-steps", 5, "--checkpoint-interval", 1, "--sample-interval", 4, "--log-interval", 1)
    one, two = start("one", 1, *options), start("two", 2, *options)
    out_of_one, _ = one.communicate(timeout=240)
    out_of_two, errors = two.communicate(timeout=240)
    assert (one.returncode, two.returncode) == (0, 0), errors

    first, final = (weights(tmp_path / "one" / name) for name in ("checkpoint_000001.pth", "final_model.pth"))
    learnt = (final - first).norm()
    assert learnt > 0.1
    assert (weights(tmp_path / "two" / "final_model.pth") - final).norm() < 0.05 * learnt

    # One set of files, told once, with the losses of the whole batch.
    assert sorted(path.name for path in (tmp_path / "one").glob("*.*")) == sorted(
        path.name for path in (tmp_path / "two").glob("*.*")
    )
    assert out_of_two.count("final_model.pth") == 1
    totals = [
        [float(line.split("total ")[1].split(",")[0]) for line in out.splitlines() if line.startswith("step ")]
        for out in (out_of_one, out_of_two)
    ]
    assert len(totals[0]) == 5
    assert totals[1] == pytest.approx(totals[0], rel=1e-4)


def test_a_batch_that_two_processes_cannot_share_is_refused(start):
    child = start("odd", 2, "--batch-size", 3)
    _, errors = child.communicate(timeout=120)
    assert child.returncode != 0
    assert "--batch-size 3 cannot be shared evenly by 2 processes" in errors


def test_sigterm_stops_both_processes_with_one_checkpoint(start, tmp_path):
    child = start("stopped", 2, "--max-steps", 100_000, "--log-interval", 1, "--checkpoint-interval", 100_000)
    try:
        for line in child.stdout:
            if line.startswith("step 3:"):
                break
        child.send_signal(signal.SIGTERM)
        started = time.monotonic()
        _, errors = child.communicate(timeout=120)
    finally:
        child.kill()
    assert time.monotonic() - started < 100
    (checkpoint,) = (tmp_path / "stopped").glob("checkpoint_*.pth")
    assert load_training_checkpoint(checkpoint)["step"] % 10 == 0
    assert errors.count("--resume") == 1
