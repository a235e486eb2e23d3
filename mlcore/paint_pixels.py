"""Painting with PyTorch, from bytes to bytes: any size in, exactly that size out, clean borders, memory stated."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from mlcore.engines.engine import Pixels
from mlcore.engines.padded_pixels import MIN_SIDE
from mlcore.errors import OutOfMemory, is_out_of_memory
from mlcore.progress_report import Report, silent
from mlcore.strip_forward import paint_rows
from mlcore.strip_plan import StripPlan
from mlcore.strip_rows import PhotoRows
from mlcore.transformer_network import DOWNSAMPLING, TransformerNetwork


def paint_pixels(
    network: TransformerNetwork, photo: Pixels, report: Report = silent, plan: StripPlan | None = None
) -> Pixels:
    """Return ``photo`` painted, at the same size.

    Args:
        network: in eval mode and single precision, on the device to compute on.
        photo: RGB, (H, W, 3), uint8, any H and W of at least 1.
        report: called with the share done, 0 to 1, after every strip; what it raises stops the painting.
        plan: how much memory to spend on speed.

    Raises:
        OutOfMemory: the painting needs more than there is: :func:`painting_bytes`.
    """
    height, width = photo.shape[:2]
    try:
        painted = np.empty((height, width, 3), np.uint8)
        target = torch.from_numpy(painted)

        def write(first: int, last: int, strip: Tensor) -> None:
            last = min(last, height)
            if first < last:
                target[first:last] = strip[: last - first, :width].mul(255).round_().to(torch.uint8)

        rows = PhotoRows(photo, padded_size(height, width), next(network.parameters()))
        paint_rows(network, rows, write, report, plan)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise OutOfMemory(
            f"Painting {width}×{height} pixels takes about {painting_bytes(height, width, plan) / 2**20:,.0f} MB, more "
            "than there is. Choose a smaller size."
        ) from error
    return painted


def padded_size(height: int, width: int) -> tuple[int, int]:
    """Return the height and width at which the network sees a photo: multiples of 4, at least 16."""
    return _padded(height), _padded(width)


def painting_bytes(height: int, width: int, plan: StripPlan | None = None) -> int:
    """Return the memory that painting takes at its peak, beside the photo and some 500 MB for Python and torch."""
    plan = plan or StripPlan()
    painting = 3 * height * width
    height, width = padded_size(height, width)
    return plan.workspace_bytes(height, width) + plan.strip_bytes(width) + painting


def _padded(side: int) -> int:
    return max(MIN_SIDE, -(-side // DOWNSAMPLING) * DOWNSAMPLING)
