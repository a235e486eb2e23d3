"""What a web process does once, before its first request, so that no visitor waits for it."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from django.template import Engine
from django.urls import get_resolver

_TURN_SECONDS = 0.001
"""How long a thread computes before another one gets its turn. With Python's own five milliseconds, a thumbnail that
asks the database three times waits three times for a page that is being put together."""


def warm_up() -> None:
    """Load every view and template, and let the garbage collector leave all of that alone.

    Otherwise it looks through everything that was ever loaded again and again, which takes a quarter of the time of a
    page, and more than a tenth of a second at once.
    """
    get_resolver().url_patterns  # noqa: B018  # imports the views
    for folder in Engine.get_default().dirs:
        for path in sorted(Path(folder).rglob("*.html")):
            Engine.get_default().get_template(path.relative_to(folder).as_posix())
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(_TURN_SECONDS)
