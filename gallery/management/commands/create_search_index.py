"""``manage.py create_search_index``: once PostgreSQL may have the extension that the migration could not create."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from gallery.search_index import create_search_index


class Command(BaseCommand):
    """Make the index behind the gallery's searches on PostgreSQL; harmless where it is there."""

    help = "Make the index behind the gallery's searches (PostgreSQL). Harmless where there is one."

    def handle(self, *args: Any, **options: Any) -> None:
        """Say whether there is an index now, and why not."""
        if problem := create_search_index(connection):
            raise CommandError(problem)
        has_one = connection.vendor == "postgresql"
        self.stdout.write(
            "Searches have their index." if has_one else "SQLite needs none: searches read the works in their order."
        )
