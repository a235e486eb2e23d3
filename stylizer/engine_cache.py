"""Engines kept in a worker's memory, so that only the first photo in a style waits for loading.

For workers and commands only: an engine may be torch's.
"""

from __future__ import annotations

import functools
import logging
import os
from pathlib import Path

from django.conf import settings

from mlcore.engines.engine import Engine
from mlcore.errors import CheckpointError
from stylizer.models import Style

logger = logging.getLogger(__name__)

CAPACITY = 16
"""Engines kept."""


def engine_for(style: Style) -> Engine:
    """Return what paints in the style.

    Raises:
        CheckpointError: its file is missing or damaged, in words for whoever waits for the painting.
    """
    try:
        return _open(style.checkpoint_sha256, style.checkpoint.path)
    except CheckpointError as error:
        # It names paths of the server and keys of the network, which are for its administrator.
        logger.exception("style %s cannot be loaded", style.slug)
        raise CheckpointError(
            f"The file of the style {style.name} is missing or damaged on this server. Pick another style, and tell "
            "the administrator.",
            code=error.code,
        ) from error


@functools.lru_cache(maxsize=CAPACITY)
def _open(sha256: str, path: str) -> Engine:
    import torch

    from mlcore.checkpoint import load_style
    from mlcore.device import select_device
    from mlcore.engines.torch_engine import TorchEngine

    device = select_device()
    if device.type == "cpu":
        # Workers side by side share the cores; more threads than cores only wait for each other.
        torch.set_num_threads(max(1, (os.cpu_count() or 1) // settings.EASEL_WORKERS))
    network, _ = load_style(Path(path))
    return TorchEngine(network, device)
