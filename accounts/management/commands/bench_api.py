"""Measure what the API adds to the time of a painting for a program that waits for it in one request."""

from __future__ import annotations

import contextlib
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.api_bench import SIDE, measure, running_server
from stylizer.models import Style

ALLOWED_MS = 150


class Command(BaseCommand):
    """Print medians, and fail where the overhead is more than it should be."""

    help = (
        f"Send photos of {SIDE} pixels with Prefer: wait, one at a time, and compare how long the answers take with "
        "how long the engine paints by itself. Starts a web server and a worker, or asks those at --url, which use the "
        "same database. Fails where the median answer takes too much longer than the inference."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the server, the number of requests and the style."""
        parser.add_argument("--url", help="A server that runs already, with a worker, on the same database.")
        parser.add_argument("--count", type=int, default=50, help="Requests that count (default: 50).")
        parser.add_argument(
            "--at-most", type=float, default=ALLOWED_MS, help=f"Milliseconds of overhead (default: {ALLOWED_MS})."
        )
        parser.add_argument("--style", help="Slug of a style (default: the first of the catalog).")

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure and print."""
        styles = Style.objects.published()
        style = (styles.filter(slug=options["style"]) if options["style"] else styles).first()
        if style is None:
            raise CommandError("There is no such style.")
        server = contextlib.nullcontext(options["url"].rstrip("/")) if options["url"] else running_server()
        with server as url:
            figures = measure(url, style, options["count"])
        for name, value in (
            ("broker", figures.broker),
            ("engine", figures.engine),
            (f"inference, median of {options['count']}", f"{figures.inference:.0f} ms"),
            ("answer, median", f"{figures.answer:.0f} ms"),
            ("overhead", f"{figures.overhead:.0f} ms"),
            ("of the answer, from claim to result", f"{figures.job:.0f} ms"),
        ):
            self.stdout.write(f"{name + ':':38}{value}")
        if figures.overhead > options["at_most"]:
            raise CommandError(f"The overhead is more than {options['at_most']:g} ms.")
