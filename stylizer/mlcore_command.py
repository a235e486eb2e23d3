"""Django's face of an mlcore command: the same options and behaviour as ``python -m mlcore``."""

from __future__ import annotations

import argparse
import sys
from types import ModuleType
from typing import Any

from django.core.management.base import BaseCommand

from mlcore.cli import run_command
from mlcore.commands.console import Console


class MlcoreCommand(BaseCommand):
    """Subclasses name the mlcore command module as ``module``."""

    module: ModuleType
    requires_system_checks: list[str] = []  # these commands use neither database nor URLs

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the options of the mlcore command."""
        parser.description = self.module.SUMMARY
        self.module.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it with mlcore's own exit status: 1 for what failed, 2 for wrong usage, each told in one line."""
        if status := self.run_mlcore(options):
            raise SystemExit(status)

    def run_mlcore(self, options: dict[str, Any]) -> int:
        """Run it and return its exit status."""
        name = self.module.__name__.rpartition(".")[2]
        return run_command(name, options, Console(out=sys.stdout, err=sys.stderr))
