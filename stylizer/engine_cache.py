"""Trained networks kept in a worker's memory, so that only the first photo in a style waits for loading.

Imports torch: for workers and commands only.
"""

from __future__ import annotations

import functools
import logging
import os
from pathlib import Path

import torch
from django.conf import settings

from mlcore.checkpoint import load_style
from mlcore.device import select_device
from mlcore.errors import CheckpointError
from mlcore.transformer_network import TransformerNetwork
from stylizer.models import Style

logger = logging.getLogger(__name__)

CAPACITY = 16
"""Networks kept, 7 MB each."""


def network_for(style: Style) -> TransformerNetwork:
    """Return the style's network, ready to run.

    Raises:
        CheckpointError: its file is missing or damaged, in words for whoever waits for the painting.
    """
    try:
        return _load(style.checkpoint_sha256, style.checkpoint.path)
    except CheckpointError as error:
        # It names paths of the server and keys of the network, which are for its administrator.
        logger.exception("style %s cannot be loaded", style.slug)
        raise CheckpointError(
            f"The file of the style {style.name} is missing or damaged on this server. Pick another style, and tell "
            "the administrator.",
            code=error.code,
        ) from error


@functools.lru_cache(maxsize=CAPACITY)
def _load(sha256: str, path: str) -> TransformerNetwork:
    device = select_device()
    if device.type == "cpu":
        # Workers side by side share the cores; more threads than cores only wait for each other.
        torch.set_num_threads(max(1, (os.cpu_count() or 1) // settings.EASEL_WORKERS))
    network, _ = load_style(Path(path))
    return network.to(memory_format=torch.channels_last).to(device)
