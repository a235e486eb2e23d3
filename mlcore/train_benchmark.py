"""How fast training is, beside the loop that one writes first: both measured in turn, each in a process of its own."""

from __future__ import annotations

import dataclasses
import statistics
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from mlcore.train_config import TrainConfig

Loop = Literal["plain", "trainer"]
PHOTO_SIZE = (640, 480)
PHOTOS = 32


@dataclass(frozen=True)
class Measured:
    """One round of one loop."""

    loop: Loop
    images_per_second: float
    peak_bytes: int
    """CPU: by how much the process's main memory grew above what it had before the first step, at the most.

    CUDA: the most that tensors took on the GPU."""


@dataclass(frozen=True)
class TrainBenchmark:
    """Medians over the rounds."""

    plain: Measured
    trainer: Measured

    @property
    def ratio(self) -> float:
        """How many times as many images a second the trainer does."""
        return self.trainer.images_per_second / self.plain.images_per_second


def benchmark_training(config: TrainConfig, *, rounds: int, warmup: int, steps: int) -> Iterator[Measured]:
    """Yield the rounds as they are done: plain loop, trainer, plain loop, trainer …

    Photos, style image and loss weights are invented: what they show makes no difference to the time. All photos are
    JPEG files of 640×480 pixels.

    Args:
        config: the trainer's options; batch size, image size, workers, loss network and device hold for both.
        rounds: of each loop.
        warmup: steps before the clock starts.
        steps: steps that are timed.

    Raises:
        OutOfMemory: a step does not fit.
    """
    with tempfile.TemporaryDirectory(prefix="easel-bench-") as folder:
        config = _with_invented_files(config, Path(folder))
        for _ in range(rounds):
            for loop in ("plain", "trainer"):
                # Its own process: allocators, caches and thread pools of one loop are not there for the other.
                with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                    yield pool.submit(_measure, loop, config, warmup, steps).result()


def summarise(measured: list[Measured]) -> TrainBenchmark:
    """Return the medians of at least one round of each loop."""
    medians = {}
    for loop in ("plain", "trainer"):
        mine = [one for one in measured if one.loop == loop]
        medians[loop] = Measured(
            loop,
            statistics.median(one.images_per_second for one in mine),
            int(statistics.median(one.peak_bytes for one in mine)),
        )
    return TrainBenchmark(medians["plain"], medians["trainer"])


def _measure(loop: Loop, config: TrainConfig, warmup: int, steps: int) -> Measured:
    import torch

    from mlcore.device import select_device
    from mlcore.peak_memory import peak_bytes
    from mlcore.plain_training import plain_steps
    from mlcore.training import train
    from mlcore.training_events import StepDone

    device = select_device(cpu=config.cpu)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()
    before = 0 if device.type == "cuda" else peak_bytes()
    # The trainer reads its losses once, at the end, as in a run with the default of 100 steps.
    config = dataclasses.replace(
        config, max_steps=warmup + steps + 1, log_interval=10**9, sample_interval=10**9, checkpoint_interval=10**9
    )
    ticks = plain_steps(config) if loop == "plain" else (e.step for e in train(config) if isinstance(e, StepDone))
    start = 0.0
    for step in ticks:
        if step == warmup:
            start = _now(device)
        if step == warmup + steps:
            seconds = _now(device) - start
            break
    peak = torch.cuda.max_memory_allocated() if device.type == "cuda" else peak_bytes() - before
    return Measured(loop, steps * config.batch_size / seconds, peak)


def _now(device: object) -> float:
    import torch

    if torch.cuda.is_available() and "cuda" in str(device):
        torch.cuda.synchronize()
    return time.perf_counter()


def _with_invented_files(config: TrainConfig, folder: Path) -> TrainConfig:
    from safetensors.torch import save_file

    from mlcore.vgg_features import VGGFeatures

    (folder / "photos").mkdir()
    random = np.random.default_rng(0)
    for index in range(PHOTOS):
        # Noise at a tenth of the size, enlarged: decodes about as fast as a photo, unlike pixel noise.
        noise = random.integers(0, 256, (PHOTO_SIZE[1] // 10, PHOTO_SIZE[0] // 10, 3), dtype=np.uint8)
        Image.fromarray(noise).resize(PHOTO_SIZE, Image.Resampling.BICUBIC).save(folder / "photos" / f"{index}.jpg")
    Image.fromarray(noise).resize((512, 512)).save(folder / "style.png")
    save_file(VGGFeatures(config.loss_network).state_dict(), folder / "weights.safetensors")
    return dataclasses.replace(
        config,
        content_dir=folder / "photos",
        style_image=folder / "style.png",
        loss_weights=folder / "weights.safetensors",
        checkpoint_dir=folder / "checkpoints",
        output_dir=folder / "outputs",
    )
