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
        print(line, file=self.out, flush=True)

    def note(self, line: str) -> None:
        """Write a line of progress or an error."""
        print(line, file=self.err, flush=True)
