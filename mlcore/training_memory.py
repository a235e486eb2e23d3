"""What a training step takes in memory, and what to change where it does not fit."""

from __future__ import annotations

import math

import torch

from mlcore.errors import OutOfMemory
from mlcore.free_memory import free_host_memory
from mlcore.train_config import TrainConfig

FIXED_BYTES = 250 * 2**20
"""Weights of both networks, Adam's moments, the copy to roll back to, and the allocator's own."""
BYTES_PER_PIXEL = 5_600
"""Activations and their gradients of one training pixel in float32, both networks: measured at 256 px, batch 4."""
GRAD_CHECKPOINT_SHARE = 0.56
AMP_SHARE = 0.75
"""Mixed precision halves what the trained network keeps; the losses stay in float32."""


def predicted_bytes(batch_size: int, image_size: int, *, grad_checkpoint: bool = False, use_amp: bool = False) -> int:
    """Return about how much memory a step takes, from the figures above."""
    per_pixel = BYTES_PER_PIXEL * (GRAD_CHECKPOINT_SHARE if grad_checkpoint else 1) * (AMP_SHARE if use_amp else 1)
    return FIXED_BYTES + round(per_pixel * batch_size * image_size**2)


def advise(config: TrainConfig, available: int, *, photo_by_photo: bool = False) -> OutOfMemory:
    """Return the error of a run that did not fit: which batch size and which image size would.

    Args:
        config: of the run.
        available: memory that training may take, bytes.
        photo_by_photo: the batch is taken apart, as on a CPU, so that its size does not matter.
    """
    options = {"grad_checkpoint": config.grad_checkpoint, "use_amp": config.use_amp}
    per_pixel = predicted_bytes(1, 1000, **options) - FIXED_BYTES
    pixels = max(0, available - FIXED_BYTES) / per_pixel * 1_000_000
    at_once = 1 if photo_by_photo else config.batch_size
    batch = min(at_once - 1, int(pixels / config.image_size**2))
    side = min(config.image_size - 4, int(math.sqrt(pixels / at_once)) // 4 * 4)
    ways = []
    if batch >= 1:
        ways.append(f"--batch-size {batch}")
    if side >= 32:
        ways.append(f"--image-size {side}")
    if not config.grad_checkpoint:
        ways.append("--grad-checkpoint")
    if not config.use_amp:
        ways.append("--use-amp")
    advice = f"Use {' or '.join(ways)}" if ways else "Free some"
    return OutOfMemory(
        f"A step with --batch-size {config.batch_size} at --image-size {config.image_size} does not fit into the "
        f"{available / 2**30:.1f} GiB of memory there are. {advice}. --resume works with other values of them.",
        code="out_of_memory",
    )


def available_bytes(device: torch.device) -> int:
    """Return the memory that a run may take: all that is free or already held by torch; 0 where no one says."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return free + torch.cuda.memory_reserved(device)
    memory = free_host_memory()
    return memory.free if memory else 0
