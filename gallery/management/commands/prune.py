"""``manage.py prune``: what the daily task does, at once, or only what it would do."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand

from gallery.tasks import prune
from gallery.trash import expired
from stylizer.pruning import prune_history


class Command(BaseCommand):
    """Empty histories and trashes of what is older than EASEL_HISTORY_DAYS and EASEL_TRASH_DAYS."""

    help = (
        "Remove unsaved results older than EASEL_HISTORY_DAYS and deleted works older than EASEL_TRASH_DAYS. "
        "Workers do this every day by themselves."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take --dry-run."""
        parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what was removed."""
        if not options["dry_run"]:
            self.stdout.write(prune())
            return
        history = prune_history(dry_run=True)
        self.stdout.write(
            f"Would remove {history.jobs} unsaved results ({history.bytes / 1e6:.1f} MB) from the history and "
            f"{expired().count()} works from the trash."
        )
