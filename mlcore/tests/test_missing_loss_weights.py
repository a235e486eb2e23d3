from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_weights_that_cannot_be_downloaded_name_the_option_to_give(photos, painting, tmp_path):
    nowhere = "http://127.0.0.1:9"  # the discard port: refused at once, with or without a network
    environment = os.environ | {"TORCH_HOME": str(tmp_path / "empty"), "http_proxy": nowhere, "https_proxy": nowhere}
    environment.pop("no_proxy", None)
    environment.pop("NO_PROXY", None)
    command = [sys.executable, "-m", "mlcore", "train", "--cpu", "--content-dir", str(photos)]
    command += ["--style-image", str(painting), "--checkpoint-dir", str(tmp_path / "c"), "--max-steps", "1"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "error: The vgg19 weights could not be downloaded" in done.stderr
    assert "--loss-weights PATH" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "c").exists()
