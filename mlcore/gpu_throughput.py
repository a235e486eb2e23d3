"""Images a second of the half precision network on an NVIDIA GPU, pixels in and out on the GPU, by batch."""

from __future__ import annotations

import itertools
import time
from pathlib import Path
from typing import Any

import torch

from mlcore.checkpoint import load_style
from mlcore.engines.cuda_painter import Recording
from mlcore.engines.whole_forward import WholeForward

RUNS = 20
MAX_BATCH = 64


def gpu_throughput(style_file: Path, side: int, *, compiled: bool = False) -> list[dict[str, Any]]:
    """Return ``batch``, ``ms`` for the batch and ``images_per_second``, for 1, 2, 4 … until memory or 64 end it.

    Args:
        style_file: any file :func:`mlcore.checkpoint.load_style` reads.
        side: of the square photos, pixels, a multiple of 4.
        compiled: with TorchInductor.
    """
    whole = WholeForward(load_style(style_file)[0]).to("cuda")
    forward: Any = torch.compile(whole, dynamic=True) if compiled else whole
    measured = []
    with torch.inference_mode():
        for batch in itertools.takewhile(lambda size: size <= MAX_BATCH, (2**power for power in itertools.count())):
            try:
                photos = torch.rand(batch, 3, side, side, device="cuda", dtype=torch.float16)
                recording = Recording(forward, photos)
                recording.replay(photos)
                torch.cuda.synchronize()
                start = time.perf_counter()
                for _ in range(RUNS):
                    recording.replay(photos)
                torch.cuda.synchronize()
                seconds = (time.perf_counter() - start) / RUNS
            except torch.cuda.OutOfMemoryError:
                break
            measured.append({"batch": batch, "ms": 1000 * seconds, "images_per_second": batch / seconds})
            del recording, photos
            torch.cuda.empty_cache()
    return measured
