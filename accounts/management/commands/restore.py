"""Put a backup into an empty installation, or only look whether it is whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.backup.read import BackupError, check_backup, described, restore_backup


class Command(BaseCommand):
    """Restore a backup."""

    help = (
        "Put a backup of manage.py backup into this installation, which must be empty: no account, no photo, no work. "
        "The backup may come from the other kind of database. Every byte is checked before anything is written. Stop "
        "the server first. People sign in anew afterwards."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file."""
        parser.add_argument("file", type=Path, help="A file that manage.py backup wrote.")
        parser.add_argument("--check", action="store_true", help="Only read the file and say what is in it.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, or restore."""
        path: Path = options["file"]
        try:
            if options["check"]:
                manifest = check_backup(path)
            else:
                call_command("migrate", interactive=False, verbosity=0)
                manifest = restore_backup(path, self.stderr.write)
        except BackupError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error.filename or path}: {error.strerror or error}.") from error
        self.stdout.write(f"{path} is whole:" if options["check"] else f"Restored {path}:")
        for line in described(manifest):
            self.stdout.write(f"  {line}")
