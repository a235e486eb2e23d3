"""The options that say what the catalog writes beside a style, for the two commands that publish."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseFault

from mlcore.commands.console import Console
from stylizer.publish_style import CatalogEntry, publish_style, slug_for
from stylizer.rejections import Rejected

UNKNOWN_LICENCE = "Not stated"
PUBLISH_OPTIONS = {"name": "--name", "slug": "--slug"}
TRAIN_OPTIONS = {"name": "--publish", "slug": "--publish-slug"}
"""How the two fields that differ are spelt in each command; the others are spelt as they are called."""

_HELP = {
    "artist": ("TEXT", "who painted the style image (default: nothing)"),
    "year": ("TEXT", "when it was painted (default: nothing)"),
    "source": ("TEXT", "where the style image comes from (default: nothing)"),
    "licence": ("TEXT", f"licence of the style image, for instance “public domain” (default: “{UNKNOWN_LICENCE}”)"),
    "description": ("TEXT", "a sentence about the style (default: nothing)"),
    "preview_photo": (
        "PATH",
        "photo that the style's preview is painted from, reduced to 512 pixels (default: a drawn landscape that comes "
        "with Easel)",
    ),
}


def add_entry_options(parser: argparse._ActionsContainer, spelling: Mapping[str, str]) -> None:
    """Add an option for the slug and every field but the name; their default is ``None``."""
    parser.add_argument(
        spelling["slug"],
        dest="slug",
        metavar="SLUG",
        help="the style's name in addresses (default: made from the name)",
    )
    for field, (metavar, text) in _HELP.items():
        parser.add_argument(
            option(field, spelling), dest=field, metavar=metavar, help=text, type=Path if metavar == "PATH" else str
        )


def option(field: str, spelling: Mapping[str, str]) -> str:
    """Return how a field is spelt on the command line."""
    return spelling.get(field, "--" + field.replace("_", "-"))


def given_options(options: Mapping[str, Any], spelling: Mapping[str, str]) -> list[str]:
    """Return which of these options were given, in the spelling of the command line."""
    return [option(field, spelling) for field in ("slug", *_HELP) if options[field] is not None]


def read_entry(name: str, options: Mapping[str, Any]) -> CatalogEntry:
    """Return the entry that the options describe."""
    values = {field: options[field] for field in ("slug", *_HELP) if options[field] is not None}
    return CatalogEntry(name=name, **{"slug": slug_for(name), "licence": UNKNOWN_LICENCE} | values)


def publish_command(style_file: Path, entry: CatalogEntry) -> str:
    """Return the command that publishes this file as this entry, from any folder."""
    words = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "publish_style", str(style_file.resolve())]
    for field, value in asdict(entry).items():
        if value:
            words += [option(field, PUBLISH_OPTIONS), str(value.resolve() if isinstance(value, Path) else value)]
    return shlex.join(words)


def publish_and_tell(style_file: Path, entry: CatalogEntry, spelling: Mapping[str, str], console: Console) -> int:
    """Publish; return the exit status: 0, 1 for what failed, 2 for an option to change, each told in one line."""
    console.note("Checking the style file and painting its preview …")
    try:
        style = publish_style(style_file, entry)
    except Rejected as error:
        return tell_rejection(error, spelling, console)
    except (OSError, DatabaseFault) as error:
        console.note(f"error: The style could not be published: {error}")
        return 1
    console.print(f"published: {style} as {style.slug}")
    return 0


def tell_rejection(error: Rejected, spelling: Mapping[str, str], console: Console) -> int:
    """Write the sentence, with the option at fault in front, and return the exit status."""
    # "checkpoint" is the field of the upload form; here the file is what the command is about.
    at_fault = error.field in asdict(CatalogEntry("", ""))
    console.note(f"error: {option(error.field, spelling)}: {error.detail}" if at_fault else f"error: {error.detail}")
    return 2 if at_fault else 1
