"""One line of a diagnosis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["fact", "warning", "problem"]


@dataclass(frozen=True)
class Finding:
    """What was found out: a fact, a warning (works, but not at its best) or a problem (will not work)."""

    level: Level
    topic: str
    text: str
    advice: str = ""

    @classmethod
    def fact(cls, topic: str, text: str) -> Finding:
        """Return something found to be as it should be, or just worth knowing."""
        return cls("fact", topic, text)

    @classmethod
    def warning(cls, topic: str, text: str, advice: str) -> Finding:
        """Return something that works, and what would work better."""
        return cls("warning", topic, text, advice)

    @classmethod
    def problem(cls, topic: str, text: str, advice: str) -> Finding:
        """Return something that will not work, and what to change."""
        return cls("problem", topic, text, advice)
