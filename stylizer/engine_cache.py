"""Engines kept in a worker's memory, so that only the first photo in a style waits for loading.

For workers and commands only: opening an engine loads its library, which may be torch.
"""

from __future__ import annotations

import functools
import logging
from pathlib import Path

from django.conf import settings

from mlcore.engines.choose import open_engine
from mlcore.engines.chosen_engine import ChosenEngine
from mlcore.engines.engine import Engine
from mlcore.errors import CheckpointError
from stylizer.engine_hits import note_engine_use
from stylizer.local_copy import local_copy
from stylizer.models import Style
from stylizer.paint_threads import paint_threads
from stylizer.serving_note import note_engine

logger = logging.getLogger(__name__)

CAPACITY = 3
"""Engines kept. Each holds some 0.3 GB for every million pixels of the largest photo so far; to open one again takes
half a second."""
PREVIEW_CAPACITY = 6
"""Engines kept that never see more than a preview's pixels; each holds some 65 MB, nearly all of it weights."""


def engine_for(style: Style) -> Engine:
    """Return what paints in the style, and note in the catalog which engine that is.

    Raises:
        CheckpointError: its file is missing or damaged, in words for whoever waits for the painting.
        EngineUnavailable: no engine can be used on this machine.
    """
    return _noted(style, _open)


def preview_engine_for(style: Style) -> Engine:
    """Return what paints small previews in the style.

    A shelf of its own: a preview needs every style in turn, which would push the engines of the paintings from theirs.

    Raises:
        CheckpointError: as :func:`engine_for`.
        EngineUnavailable: likewise.
    """
    return _noted(style, _open_for_previews)


def _noted(style: Style, opened: functools._lru_cache_wrapper[ChosenEngine]) -> Engine:
    hits = opened.cache_info().hits
    try:
        engine = opened(style.checkpoint_sha256, str(local_copy(style.checkpoint, style.checkpoint_sha256)))
    except CheckpointError as error:
        # It names paths of the server and keys of the network, which are for its administrator.
        logger.exception("style %s cannot be loaded", style.slug)
        raise CheckpointError(
            f"The file of the style {style.name} is missing or damaged on this server. Pick another style, and tell "
            "the administrator.",
            code=error.code,
        ) from error
    note_engine_use(was_in_memory=opened.cache_info().hits > hits)
    # Not the one that paints what is too large for it, though that may have painted last.
    note_engine(style, engine.engine)
    return engine


def _open_engine(sha256: str, path: str) -> ChosenEngine:
    engine = open_engine(Path(path), threads=paint_threads(), cache=settings.EASEL_ENGINE_CACHE)
    logger.info("%s", engine.describe())
    return engine


_open = functools.lru_cache(maxsize=CAPACITY)(_open_engine)
_open_for_previews = functools.lru_cache(maxsize=PREVIEW_CAPACITY)(_open_engine)
