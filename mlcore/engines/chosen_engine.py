"""The engine that was chosen for a style, with the one that paints what is too large for it. Needs no torch."""

from __future__ import annotations

import logging
from collections.abc import Callable

from mlcore.engines.engine import Engine, Pixels
from mlcore.errors import OutOfMemory
from mlcore.progress_report import Report, silent

logger = logging.getLogger(__name__)


class ChosenEngine:
    """One style, for one thread at a time.

    ``name`` and ``precision`` are those of the engine that painted last, for the record kept with a painting; before
    the first painting, of the one that was chosen.

    Args:
        engine: paints photos up to ``max_pixels``.
        max_pixels: ``None`` for any size.
        open_strips: opens the engine for larger ones, and for those that ``engine`` finds no memory for.
        reason: why ``engine`` was chosen, a sentence for a person.
    """

    def __init__(self, engine: Engine, max_pixels: int | None, open_strips: Callable[[], Engine], reason: str) -> None:
        self.engine = engine
        self.max_pixels = max_pixels
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

    def describe(self) -> str:
        """Return which engine it is and why, for a person to read."""
        text = f"{self.engine.name} {self.engine.precision}: {self._reason}"
        if self.max_pixels is not None:
            text += f" Above {self.max_pixels / 1e6:.1f} megapixels: torch float32, in strips."
        return text

    def paint(self, photo: Pixels, report: Report = silent) -> Pixels:
        """Return ``photo`` painted, at the same size; see :class:`mlcore.engines.engine.Engine`.

        Raises:
            OutOfMemory: the painting needs more memory than there is, in strips too.
        """
        if self.max_pixels is None:
            return self.engine.paint(photo, report)
        height, width = photo.shape[:2]
        if height * width <= self.max_pixels:
            self._last = self.engine
            try:
                return self.engine.paint(photo, report)
            except OutOfMemory:
                logger.warning("%s has too little memory for %d×%d pixels: in strips", self.name, width, height)
        if self._strips is None:
            self._strips = self._open_strips()
        self._last = self._strips
        return self._strips.paint(photo, report)
