"""Where commands write: results to ``out``, progress and errors to ``err``."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TextIO


@dataclass
class Console:
    """The two streams of a command; Django's commands pass their own."""

    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)

    def print(self, line: str = "") -> None:
        """Write a result line."""
        self._write(self.out, line)

    def note(self, line: str) -> None:
        """Write a line of progress or an error."""
        self._write(self.err, line)

    @staticmethod
    def _write(stream: TextIO, line: str) -> None:
        # One write with its newline: Django's streams add one to every write that has none.
        stream.write(f"{line}\n")
        stream.flush()
