"""What the command tells while it paints: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import shutil
import threading
from typing import TextIO

from easel_client.painting_plan import Painting

_BAR = 24


class ProgressLine:
    """Paths of paintings go to ``out``, one a line; everything else to ``err``. May be told from several threads."""

    def __init__(self, total: int, out: TextIO, err: TextIO) -> None:
        self._total, self._out, self._err = total, out, err
        self._lock = threading.Lock()
        self._has_bar = err.isatty() and total > 1
        self.made = self.there = self.lost = 0

    def done(self, painting: Painting) -> None:
        """Count a painting and name its file."""
        with self._lock:
            self.made += 1
            self._clear()
            self._out.write(f"{painting.output}\n")
            self._out.flush()
            self._draw()

    def skipped(self, painting: Painting) -> None:
        """Count one that was there."""
        with self._lock:
            self.there += 1
            self._draw()

    def failed(self, painting: Painting, reason: str) -> None:
        """Count one that failed, and say why."""
        with self._lock:
            self.lost += 1
            self._clear()
            self._err.write(f"{painting.photo} in {painting.style}: {reason}\n")
            self._draw()

    def finish(self) -> None:
        """Say how it went."""
        with self._lock:
            self._clear()
            if self._total > 1 or self.there:
                parts = [f"{self.made} painted"]
                parts += [f"{self.there} there already"] if self.there else []
                parts += [f"{self.lost} failed"] if self.lost else []
                self._err.write(", ".join(parts) + "\n")

    def start(self) -> None:
        """Show the empty bar."""
        with self._lock:
            self._draw()

    def _draw(self) -> None:
        if not self._has_bar:
            return
        ended = self.made + self.there + self.lost
        full = _BAR * ended // self._total
        text = f"[{'#' * full}{' ' * (_BAR - full)}] {ended}/{self._total}" + (
            f", {self.lost} failed" * bool(self.lost)
        )
        self._err.write(f"\r{text[: shutil.get_terminal_size().columns - 1]}")
        self._err.flush()

    def _clear(self) -> None:
        if self._has_bar:
            self._err.write("\r\x1b[K")
