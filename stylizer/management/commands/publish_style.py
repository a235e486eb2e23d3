"""``manage.py publish_style``: add a trained style file to the catalog without the web."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from mlcore.commands.console import Console
from stylizer.publish_options import (
    PUBLISH_OPTIONS,
    add_entry_options,
    publish_and_tell,
    read_entry,
    tell_rejection,
)
from stylizer.publish_style import check_entry
from stylizer.rejections import Rejected


class Command(BaseCommand):
    """Check a style file as an upload is checked, and publish it."""

    help = "Add a trained style file to the catalog. It is checked as an upload is, and people can pick it at once."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the file and what the catalog says of it."""
        parser.add_argument(
            "style_file", type=Path, metavar="FILE", help="style file or checkpoint: .safetensors, .pth or .pt"
        )
        parser.add_argument(PUBLISH_OPTIONS["name"], required=True, metavar="NAME", help="what people see")
        add_entry_options(parser, PUBLISH_OPTIONS)

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what it is published as; 1 for what failed, 2 for an option to change, each told in one line."""
        console, entry = Console(), read_entry(options["name"], options)
        try:
            check_entry(entry)
            status = publish_and_tell(options["style_file"], entry, PUBLISH_OPTIONS, console)
        except Rejected as error:
            status = tell_rejection(error, PUBLISH_OPTIONS, console)
        except KeyboardInterrupt:
            status = 130
        if status:
            raise SystemExit(status)
