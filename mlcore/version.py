"""Easel's version."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

_PROJECT_FILE = Path(__file__).resolve().parent.parent / "pyproject.toml"


@lru_cache(maxsize=1)
def easel_version() -> str:
    """Return the version that pyproject.toml states, or "unknown" where mlcore was taken without it."""
    try:
        return str(tomllib.loads(_PROJECT_FILE.read_text(encoding="utf-8"))["project"]["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return "unknown"
