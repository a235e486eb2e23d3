"""Trained networks kept in a worker's memory, so that only the first photo in a style waits for loading.

Imports torch: for workers and commands only.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path

import torch
from django.conf import settings

from mlcore.checkpoint import load_style
from mlcore.device import select_device
from mlcore.transformer_network import TransformerNetwork
from stylizer.models import Style

CAPACITY = 16
"""Networks kept, 7 MB each."""


def network_for(style: Style) -> TransformerNetwork:
    """Return the style's network, ready to run.

    Raises:
        CheckpointError: its file is missing or damaged.
    """
    return _load(style.checkpoint_sha256, style.checkpoint.path)


@functools.lru_cache(maxsize=CAPACITY)
def _load(sha256: str, path: str) -> TransformerNetwork:
    device = select_device()
    if device.type == "cpu":
        # Workers side by side share the cores; more threads than cores only wait for each other.
        torch.set_num_threads(max(1, (os.cpu_count() or 1) // settings.EASEL_WORKERS))
    network, _ = load_style(Path(path))
    return network.to(memory_format=torch.channels_last).to(device)
