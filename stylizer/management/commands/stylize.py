"""``manage.py stylize``: the same as ``python -m mlcore stylize``, and it knows the styles of the catalog."""

from __future__ import annotations

import argparse
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseFault

from mlcore.commands import stylize
from mlcore.commands.console import Console
from mlcore.errors import ConfigError, MlcoreError
from mlcore.named_style import NamedStyle, named_style
from stylizer.local_copy import local_copy
from stylizer.mlcore_command import MlcoreCommand
from stylizer.models import Style


class Command(MlcoreCommand):
    """Run mlcore's stylize; styles may come from the catalog."""

    module = stylize
    help = stylize.SUMMARY

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take mlcore's options and the catalog's styles."""
        super().add_arguments(parser)
        parser.add_argument(
            "--style",
            nargs="+",
            action="extend",
            metavar="SLUG",
            help="style of the catalog by its name in addresses, instead of --checkpoint; several paint every photo in "
            "each. With neither, --all-styles means all that are published (default: none)",
        )

    def run_mlcore(self, options: dict[str, Any]) -> int:
        """Run it, with the styles of the catalog that are asked for."""
        console = Console()
        try:
            if options["explain"] is None:
                options["styles"] = _catalog_styles(options)
        except ConfigError as error:
            console.note(f"error: {error}")
            return 2
        except (MlcoreError, DatabaseFault) as error:
            console.note(f"error: {error}")
            return 1
        options["engine_cache"] = options["engine_cache"] or settings.EASEL_ENGINE_CACHE
        return super().run_mlcore(options)


def _catalog_styles(options: dict[str, Any]) -> list[NamedStyle]:
    """Return the styles asked for, or none if they are given by files."""
    slugs = options.get("style")
    if options["checkpoint"]:
        if slugs:
            raise ConfigError("--style and --checkpoint cannot go together: give one of them.")
        return []
    if not slugs and not options["all_styles"]:
        raise ConfigError("Say which style: --style SLUG, --checkpoint PATH, or --all-styles.")
    known = Style.objects.published() if not slugs else Style.objects.filter(slug__in=slugs)
    found = {style.slug: style for style in known}
    for slug in slugs or ():
        if slug not in found:
            there = ", ".join(Style.objects.values_list("slug", flat=True)) or "none"
            raise ConfigError(f"--style: the catalog has no style {slug!r}. There are: {there}.")
    if not found:
        raise ConfigError("--all-styles: no style of the catalog is published.")
    ordered = [found[slug] for slug in dict.fromkeys(slugs or found)]
    paths = {style.slug: local_copy(style.checkpoint, style.checkpoint_sha256) for style in ordered}
    return [named_style(paths[style.slug], style.name, style.slug) for style in ordered]
