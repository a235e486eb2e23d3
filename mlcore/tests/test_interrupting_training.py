from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mlcore.checkpoint import load_training_checkpoint
from mlcore.training_log import LOG_NAME, read_log

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("how", ["Ctrl-C in a terminal", "SIGTERM"])
def test_an_interrupted_run_writes_a_checkpoint_and_ends(how, photos, painting, vgg16_weights, tmp_path):
    command = [sys.executable, "-m", "mlcore", "train", "--cpu", "--content-dir", str(photos)]
    command += ["--style-image", str(painting), "--checkpoint-dir", str(tmp_path / "c"), "--image-size", "32"]
    command += ["--style-size", "32", "--batch-size", "1", "--num-workers", "2", "--log-interval", "1"]
    command += ["--loss-network", "vgg16", "--loss-weights", str(vgg16_weights), "--output-dir", str(tmp_path / "o")]
    child = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        for line in child.stdout:
            if line.startswith("step 2:"):
                break
        if how == "SIGTERM":
            child.send_signal(signal.SIGTERM)
        else:
            os.killpg(child.pid, signal.SIGINT)  # a terminal signals the loader processes as well
        out, err = child.communicate(timeout=120)
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
    assert child.returncode == 130, err
    assert "Traceback" not in err
    assert err.count("Stopping after this step") == 1  # the loader processes leave signals to the trainer
    (checkpoint,) = (tmp_path / "c").glob("*.pth")
    assert f"checkpoint: {checkpoint}" in out
    assert f"--resume {checkpoint}" in err
    assert load_training_checkpoint(checkpoint)["step"] >= 2
    (run,) = read_log(tmp_path / "c" / LOG_NAME).runs
    assert run.outcome == "stopped"
