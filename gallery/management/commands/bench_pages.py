"""Measure the gallery's pages with the works that seed_demo made; compare with an earlier run, of fewer works say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gallery.models import Artwork
from gallery.page_bench import MOST_QUERIES, busiest_user, measure

MOST_RATIO = 2.0


class Command(BaseCommand):
    """Print a table of queries and times."""

    help = (
        "Measure how many queries and how much server time the gallery's pages take with the works of seed_demo. "
        "--json keeps the figures; --against compares with kept ones, and fails where a page takes more queries than "
        f"then, more than {MOST_QUERIES}, or more than {MOST_RATIO:g} times as long."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the files and the number of rounds."""
        parser.add_argument("--rounds", type=int, default=15, help="Visits of each page by the clock (default: 15).")
        parser.add_argument("--json", type=Path, help="Write the figures into this file.")
        parser.add_argument("--against", type=Path, help="Compare with the figures of this file.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure, print, compare."""
        user = busiest_user()
        if user is None:
            raise CommandError("There is no demo gallery. Run seed_demo first.")
        earlier = json.loads(options["against"].read_text()) if options["against"] else {}
        figures: dict[str, Any] = {"works": Artwork.objects.count()}
        failures = []
        head = f"{figures['works']:,} works"
        head += f" against {earlier['works']:,}" if earlier else ""
        self.stdout.write(head)
        self.stdout.write(f"{'page':24}{'queries':>8}{'ms':>9}" + (f"{'before':>9}{'ratio':>7}" if earlier else ""))
        for page, queries, milliseconds in measure(user, options["rounds"]):
            figures[page] = [queries, milliseconds]
            line = f"{page:24}{queries:8}{milliseconds:9.1f}"
            if queries > MOST_QUERIES:
                failures.append(f"{page}: {queries} queries")
            if earlier:
                queries_before, before = earlier[page]
                ratio = milliseconds / before
                line += f"{before:9.1f}{ratio:7.2f}"
                if queries != queries_before:
                    failures.append(f"{page}: {queries} queries, {queries_before} before")
                if ratio > MOST_RATIO:
                    failures.append(f"{page}: {ratio:.2f} times as long as before")
            self.stdout.write(line)
        if options["json"]:
            options["json"].write_text(json.dumps(figures))
        if failures:
            raise CommandError("Too much: " + "; ".join(failures))
