"""Find out which engine paints fastest on this machine, before the first person waits for it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from mlcore.errors import MlcoreError
from stylizer.models import Style


class Command(BaseCommand):
    """Open every published style as a worker does; what takes long is remembered in EASEL_ENGINE_CACHE."""

    help = (
        "Measure which engine paints fastest on this machine, prepare the published styles for it, and note both in "
        "the catalog. Takes some 10 seconds once; workers do the same with their first photo if nobody did."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument(
            "--new", action="store_true", help="only styles that nothing has painted in yet (default: all published)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what serves each style; a style that cannot be opened does not stop the others."""
        styles = Style.objects.published()
        if options["new"]:
            styles = styles.filter(engine="")
        if not styles.exists():
            return
        # Here: with nothing to measure no engine's library is loaded.
        from stylizer.engine_cache import engine_for

        self.stdout.write("Measuring once which engine paints fastest here …")
        for style in styles:
            try:
                engine_for(style)
            except MlcoreError as error:
                self.stderr.write(f"{style.slug}: {error}")
            else:
                self.stdout.write(f"{style.slug}: {style.engine_line}")
