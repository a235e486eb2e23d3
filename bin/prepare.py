"""Bring database, cache table, starter styles, static files and engines up to date; quick where they already are.

One process for all of it: each separate ``manage.py`` call would import Django anew.
``--unmeasured`` leaves the engines out, for a site that paints nothing. ``--static`` collects static files alone,
which needs no database: for an image of a container.
"""

from __future__ import annotations

import hashlib
import io
import os
import signal
import sys
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parent.parent


def collect_static_if_changed() -> None:
    """Run collectstatic when a static file, or how they are stored, changed since the last run."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            source = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{source.st_size}\0{source.st_mtime_ns}\n".encode())
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    if stamp.is_file() and stamp.read_text() == digest.hexdigest():
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(digest.hexdigest())


def main() -> None:
    """Run each step; all of them can be repeated."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it without a traceback
    sys.path.insert(0, str(PROJECT_DIR))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nstsite.settings")
    import django
    from django.core.management import call_command

    django.setup()
    if "--static" in sys.argv[1:]:
        collect_static_if_changed()
        return
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("load_starter_styles", stdout=io.StringIO())  # it names every style, changed or not
    collect_static_if_changed()
    if "--unmeasured" not in sys.argv[1:]:
        call_command("measure_engines", new=True)


if __name__ == "__main__":
    main()
