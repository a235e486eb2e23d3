"""The engine that was chosen for a style, with the one that paints what is too large for it. Needs no torch."""

from __future__ import annotations

import logging
from collections.abc import Callable

from mlcore.engines.deviation import Deviation
from mlcore.engines.engine import Engine, Pixels
from mlcore.engines.smoothness import is_smooth
from mlcore.errors import OutOfMemory
from mlcore.free_memory import free_host_memory
from mlcore.progress_report import Report, silent

MEMORY_BUDGET = 2_700_000_000
"""Bytes for one painting: with the program itself the process stays below 3 GB."""
_SHARE_OF_FREE = 0.75

logger = logging.getLogger(__name__)


class ChosenEngine:
    """One style, for one thread at a time.

    ``name`` and ``precision`` are those of the engine that painted last, for the record kept with a painting; before
    the first painting, of the one that was chosen.

    Args:
        engine: paints photos that fit into memory in one piece.
        bytes_per_pixel: memory it takes for that; ``None`` if it takes any size.
        open_strips: opens the engine for larger ones, for those that ``engine`` finds no memory for, and for those that
            are too smooth for int8.
        reason: why ``engine`` was chosen, a sentence for a person.
    """

    def __init__(
        self, engine: Engine, bytes_per_pixel: int | None, open_strips: Callable[[], Engine], reason: str
    ) -> None:
        self.engine = engine
        self._bytes_per_pixel = bytes_per_pixel
        self._open_strips = open_strips
        self._reason = reason
        self._strips: Engine | None = None
        self._last = engine

    @property
    def name(self) -> str:
        """Which engine painted last."""
        return self._last.name

    @property
    def precision(self) -> str:
        """What it computed in."""
        return self._last.precision

    @property
    def deviation(self) -> Deviation | None:
        """How far the chosen engine is from float32 in this style, where it computes in int8."""
        return getattr(self.engine, "deviation", None)

    def describe(self) -> str:
        """Return which engine it is and why, for a person to read."""
        text = f"{self.engine.name} {self.engine.precision}: {self._reason}"
        if self.deviation:
            text += f" From float32 it deviates by {self.deviation}."
        if self._bytes_per_pixel is not None:
            megapixels = MEMORY_BUDGET / self._bytes_per_pixel / 1e6
            text += f" Above {megapixels:.1f} megapixels, or what memory is free for: torch float32, in strips."
        return text

    def paint(self, photo: Pixels, report: Report = silent) -> Pixels:
        """Return ``photo`` painted, at the same size; see :class:`mlcore.engines.engine.Engine`.

        Raises:
            OutOfMemory: the painting needs more memory than there is, in strips too.
        """
        if self._bytes_per_pixel is None:
            return self.engine.paint(photo, report)
        height, width = photo.shape[:2]
        too_smooth = self.engine.precision == "int8" and is_smooth(photo)
        if height * width * self._bytes_per_pixel <= _allowed_bytes() and not too_smooth:
            self._last = self.engine
            try:
                return self.engine.paint(photo, report)
            except OutOfMemory:
                logger.warning("%s has too little memory for %d×%d pixels: in strips", self.name, width, height)
        if self._strips is None:
            self._strips = self._open_strips()
        self._last = self._strips
        return self._strips.paint(photo, report)


def _allowed_bytes() -> float:
    memory = free_host_memory()
    return min(MEMORY_BUDGET, _SHARE_OF_FREE * memory.free) if memory else MEMORY_BUDGET
