"""``manage.py train``: the same as ``python -m mlcore train``, and ``--publish`` puts the style into the catalog."""

from __future__ import annotations

import argparse
import dataclasses
import os
from pathlib import Path
from typing import Any

from django.db import Error as DatabaseFault

from mlcore.commands import train
from mlcore.commands.console import Console
from stylizer.mlcore_command import MlcoreCommand
from stylizer.publish_options import (
    TRAIN_OPTIONS,
    add_entry_options,
    given_options,
    publish_and_tell,
    publish_command,
    read_entry,
    tell_rejection,
)
from stylizer.publish_style import CatalogEntry, check_entry, free_slug
from stylizer.rejections import Rejected


class Command(MlcoreCommand):
    """Run mlcore's train, then publish what it made."""

    module = train
    help = train.SUMMARY

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take mlcore's options and those of the catalog."""
        super().add_arguments(parser)
        group = parser.add_argument_group("publishing")
        group.add_argument(
            TRAIN_OPTIONS["name"],
            metavar="NAME",
            help="when the run is done, add the style to the catalog under this name, published (default: no)",
        )
        add_entry_options(group, TRAIN_OPTIONS)

    def handle(self, *args: Any, **options: Any) -> None:
        """Check what publishing needs, train, publish."""
        console, name = Console(), options["publish"]
        if name is None:
            if given := given_options(options, TRAIN_OPTIONS):
                console.note(f"error: {given[0]} is about publishing: give --publish NAME too.")
                raise SystemExit(2)
            return super().handle(*args, **options)
        if os.environ.get("RANK", "0") != "0":  # torchrun starts this once a GPU; the first of them publishes
            return super().handle(*args, **options)
        entry = read_entry(name, options)
        try:
            check_entry(entry)
        except Rejected as error:
            raise SystemExit(tell_rejection(error, TRAIN_OPTIONS, console)) from error
        status = self.run_mlcore(options)
        if status == 130:
            console.note(f"“{name}” is not published, because the run was stopped. Give --publish again with --resume.")
        elif status == 0:
            status = _publish(_style_file(options), entry, console)
        if status:
            raise SystemExit(status)


def _style_file(options: dict[str, Any]) -> Path:
    """Return what a finished run has written."""
    return Path(options["checkpoint_dir"]) / f"{options['style_image'].stem}.safetensors"


def _publish(style_file: Path, entry: CatalogEntry, console: Console) -> int:
    """Publish; if that fails, say how it is done later, because training again would take hours."""
    status = 1
    try:
        if publish_and_tell(style_file, entry, TRAIN_OPTIONS, console) == 0:
            status = 0
    except KeyboardInterrupt:
        status = 130
    finally:
        if status:
            console.note(f"The style is trained, and is kept in {style_file}. This publishes it later:")
            console.note(f"  {publish_command(style_file, _with_free_slug(entry))}")
    return status


def _with_free_slug(entry: CatalogEntry) -> CatalogEntry:
    try:
        return dataclasses.replace(entry, slug=free_slug(entry.slug))
    except DatabaseFault:  # which may be why publishing failed
        return entry
