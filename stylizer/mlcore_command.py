"""Django's face of an mlcore command: the same options and behaviour as ``python -m mlcore``."""

from __future__ import annotations

import argparse
import sys
from types import ModuleType
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mlcore.commands.console import Console
from mlcore.errors import MlcoreError


class MlcoreCommand(BaseCommand):
    """Subclasses name the mlcore command module as ``module``."""

    module: ModuleType
    requires_system_checks: list[str] = []  # these commands use neither database nor URLs

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the options of the mlcore command."""
        parser.description = self.module.SUMMARY
        self.module.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it; an error is one line on stderr and exit status 1."""
        try:
            status = self.module.run(options, Console(out=sys.stdout, err=sys.stderr))
        except MlcoreError as error:
            raise CommandError(str(error)) from error
        if status:
            raise SystemExit(status)
