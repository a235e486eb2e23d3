"""Everything an installation is, in one file, while it goes on working."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.backup.read import described
from accounts.backup.write import write_backup


class Command(BaseCommand):
    """Write a backup."""

    help = (
        "Write the database, the files it names and the signing key into one tar file, which manage.py restore reads, "
        "on SQLite and PostgreSQL alike. The server may go on working. The file holds password hashes and private "
        "pictures: keep it safe."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file."""
        parser.add_argument("file", type=Path, help="The file to write, easel-2026-01-31.tar for instance.")
        parser.add_argument("--force", action="store_true", help="Replace the file if it is there (default: refuse).")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write, and say what is in it."""
        path: Path = options["file"]
        if path.exists() and not options["force"]:
            raise CommandError(f"{path} is there already. Choose another name, or add --force.")
        try:
            manifest = write_backup(path, self.stderr.write)
        except OSError as error:
            raise CommandError(
                f"{path} cannot be written: {error.strerror or error}. Nothing is left of it."
            ) from error
        self.stdout.write(f"{path}:")
        for line in described(manifest):
            self.stdout.write(f"  {line}")
