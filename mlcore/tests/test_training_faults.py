"""Faults from outside: a full disk, too little memory."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from mlcore.checkpoint import load_training_checkpoint
from mlcore.errors import OutOfMemory
from mlcore.tests.pictures import picture
from mlcore.training_memory import FIXED_BYTES, advise, predicted_bytes

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 45 MB: room for two checkpoints of 20 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=45m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small file system needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def command(configure, *more: object) -> list[str]:
    config = configure()
    words = [sys.executable, "-m", "mlcore", "train", "--cpu", "--content-dir", config.content_dir]
    words += ["--style-image", config.style_image, "--image-size", 32, "--style-size", 32, "--batch-size", 1]
    words += ["--num-workers", 0, "--loss-network", "vgg16", "--loss-weights", config.loss_weights, *more]
    return [str(word) for word in words]


def test_a_full_disk_leaves_the_checkpoints_before_it_whole(configure, small_disk, tmp_path):
    folder = small_disk / "checkpoints"
    words = command(configure, "--checkpoint-dir", folder, "--output-dir", tmp_path / "outputs")
    words += ["--max-steps", "4", "--checkpoint-interval", "1"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    checkpoints = sorted(folder.glob("*.pth"))
    assert [path.name for path in checkpoints] == ["checkpoint_000001.pth", "checkpoint_000002.pth"]
    assert [load_training_checkpoint(path)["step"] for path in checkpoints] == [1, 2]
    assert not list(folder.glob(".*.tmp"))
    assert "checkpoint_000003.pth" in done.stderr  # told, and the run went on
    assert f"--resume {checkpoints[1]}, which is whole" in done.stderr.splitlines()[-1]
    assert "No space left" in done.stderr.splitlines()[-1]


def test_too_little_memory_says_what_would_fit(configure, photos, tmp_path):
    """The process may take what it has after loading plus 500 MB; a photo of 768 px needs about 3 GB."""
    picture(400, 400).save(photos / "0.png")
    (tmp_path / "options.json").write_text(json.dumps(configure(batch_size=2, image_size=768).as_json()))
    code = """
        import json, resource, sys
        from pathlib import Path
        import torch
        from mlcore.device import select_device
        from mlcore.distributed import Processes
        from mlcore.errors import OutOfMemory
        from mlcore.train_config import TrainConfig
        from mlcore.training import TrainingRun
        options = json.loads(Path(sys.argv[1]).read_text())
        for key in ("content_dir", "style_image", "checkpoint_dir", "output_dir", "loss_weights"):
            options[key] = Path(options[key])
        torch.set_num_threads(1)
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + 500 * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        try:
            for _ in TrainingRun(TrainConfig(**options), select_device(cpu=True), Processes()).steps(lambda: False):
                pass
        except OutOfMemory as error:
            print(error.code, error)
    """
    script = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path / "options.json")]
    done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("out_of_memory A step with --batch-size 2 at --image-size 768"), done.stderr
    assert done.stdout.partition("Use ")[2].startswith("--image-size ")  # on a CPU the batch size is no matter


def test_the_advice_fits_into_the_memory_it_was_asked_for(configure):
    available = 2 * 2**30
    error = advise(configure(batch_size=16, image_size=512), available)
    assert isinstance(error, OutOfMemory)
    words = str(error).partition("Use ")[2].split()
    batch, side = int(words[words.index("--batch-size") + 1]), int(words[words.index("--image-size") + 1])
    assert predicted_bytes(batch, 512) <= available < predicted_bytes(batch + 1, 512)
    assert predicted_bytes(16, side) <= available < predicted_bytes(16, side + 4)
    assert "--grad-checkpoint" in words


def test_the_advice_where_nothing_smaller_fits_names_the_other_ways(configure):
    config = configure(batch_size=1, image_size=32, grad_checkpoint=True)
    assert "Use --use-amp." in str(advise(config, FIXED_BYTES))
