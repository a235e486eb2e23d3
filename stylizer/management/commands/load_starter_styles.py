"""Add the styles that come with Easel to the catalog. Safe to run at every start."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from stylizer.starter_pack import load_starter_styles


class Command(BaseCommand):
    """Load or update the starter styles."""

    help = "Add the styles that come with Easel to the catalog, or bring them up to date. Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what happened to each style."""
        for style, outcome in load_starter_styles():
            self.stdout.write(f"{outcome:9} {style.slug}")
