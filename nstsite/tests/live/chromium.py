"""The installed browser, and how it is started."""

from __future__ import annotations

import os
import shutil

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
MISSING = "no Chromium: install it (sudo apt install chromium) or name one with CHROMIUM=/path/to/chromium"


def chromium_path() -> str:
    """Return what CHROMIUM names, or an installed one; "" where there is none.

    Not EASEL_CHROMIUM: the tests' settings drop all names of that kind, which the program would refuse to start with.
    """
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), "")
