"""The engines of one run, opened once and kept while there is room. Needs no torch until one is opened."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from mlcore.engines.candidates import EngineName
from mlcore.engines.choose import open_engine
from mlcore.engines.engine import Engine
from mlcore.named_style import NamedStyle
from mlcore.paint_options import PaintOptions

MAX_CAPACITY = 8
_PIXELS_HELD = 8_000_000
"""Of the largest photos of all open engines together; a million take some 0.3 GB."""


def capacity_for(options: PaintOptions) -> int:
    """Return how many engines may stay open for paintings of this size; to open one again takes half a second."""
    if options.size is None:
        return 1
    return max(1, min(MAX_CAPACITY, int(_PIXELS_HELD / (options.size / options.brush) ** 2)))


class EngineShelf:
    """Opens engines by style and keeps those used last.

    Args:
        engine: which engine, or "auto" for the fastest.
        cpu: compute on the CPU even where there is a GPU.
        cache: folder for measurements and what takes long to prepare.
        capacity: engines kept open, at least 1.
    """

    def __init__(
        self,
        engine: EngineName | Literal["auto"] = "auto",
        *,
        cpu: bool = False,
        cache: Path | None = None,
        capacity: int = 1,
    ) -> None:
        self._engine, self._cpu, self._cache, self._capacity = engine, cpu, cache, capacity
        self._open: OrderedDict[NamedStyle, Engine] = OrderedDict()

    def open_all(self, styles: Sequence[NamedStyle]) -> None:
        """Open every style once, so that one that is damaged is told before anything is painted.

        Raises:
            CheckpointError: a style file is damaged, or is none.
            EngineUnavailable: the engine cannot be used on this machine.
        """
        # The first is wanted first, so it is opened last and stays.
        for style in reversed(styles):
            self.engine_for(style)

    def engine_for(self, style: NamedStyle) -> Engine:
        """Return the style's engine; raises as :meth:`open_all` does."""
        if style not in self._open:
            while len(self._open) >= self._capacity:
                self._open.popitem(last=False)
            self._open[style] = open_engine(style.path, engine=self._engine, cpu=self._cpu, cache=self._cache)
        self._open.move_to_end(style)
        return self._open[style]
