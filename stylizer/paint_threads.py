"""How many threads a worker paints with."""

from __future__ import annotations

import os

from django.conf import settings


def paint_threads() -> int:
    """Return a worker's share of the cores: more threads than cores only wait for each other."""
    return max(1, (os.cpu_count() or 1) // settings.EASEL_WORKERS)
