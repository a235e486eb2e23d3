"""Rows and files come apart where a machine died, a disk lost something or somebody tidied the media folder by hand."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.doctor.lost_files import LostFile, lost_files
from accounts.doctor.mending import CannotMend, mend
from stylizer.orphans import YOUNG, orphans, remove_orphans

_SHOWN = 20
"""Files named for each kind of finding; --json names all."""


class Command(BaseCommand):
    """Find, and with --mend put right, where the database and the stored files do not agree."""

    help = (
        "Find files that a row names and that are gone or empty, and files that no row names. Exit status: 0 when "
        "nothing is wrong (any more), 1 when something is. The server may go on working."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take what to do."""
        parser.add_argument(
            "--mend",
            action="store_true",
            help="Make small pictures and finished paintings anew where what they are made of is there, say in the "
            "jobs' rows what is lost, and remove files that no row names (default: only report).",
        )
        parser.add_argument(
            "--contents",
            action="store_true",
            help="Read every file as well: decode pictures, compare uploads and checkpoints with their checksums "
            "(default: only look whether it is there and not empty). Takes about as long as copying all of it.",
        )
        parser.add_argument(
            "--older-than",
            type=_hours,
            default=YOUNG,
            metavar="HOURS",
            help="Age from which on a file without a row is one too many, at least 1 hour: a younger one may be on "
            "its way to its row (default: 24).",
        )
        parser.add_argument("--json", action="store_true", help="Write one JSON object instead of sentences.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Report, and end with the status that fits."""
        lost, unmended = [], 0
        for file in lost_files(read_contents=options["contents"]):
            mended, what = _attend(file) if options["mend"] else (False, "")
            unmended += not mended
            lost.append({"file": file.name, "of": file.kind, "row": str(file.row.pk), "why": file.why, "done": what})
        older_than = options["older_than"]
        extra = remove_orphans(older_than) if options["mend"] else list(orphans(older_than))
        if options["json"]:
            found = {"lost": lost, "unnamed": [one._asdict() for one in extra], "mended": options["mend"]}
            self.stdout.write(json.dumps(found))
        else:
            self._say(lost, [one.name for one in extra], sum(one.bytes for one in extra), mended=options["mend"])
        if unmended or (extra and not options["mend"]):
            left = unmended + (0 if options["mend"] else len(extra))
            advice = "See above for each." if options["mend"] else "--mend puts right what can be."
            raise CommandError(f"{left} files and rows do not agree. {advice}")

    def _say(self, lost: list[dict[str, str]], extra: list[str], extra_bytes: int, *, mended: bool) -> None:
        for (kind, why, done), count in Counter((one["of"], one["why"], one["done"]) for one in lost).items():
            self.stdout.write(f"{count} × {kind} {why}{f': {done}' if done else ''}")
            same = [one for one in lost if (one["of"], one["why"], one["done"]) == (kind, why, done)]
            self._name([f"{one['file']} (row {one['row']})" for one in same])
        if extra:
            done = "removed" if mended else "would be removed"
            self.stdout.write(f"{len(extra)} × file that no row names, {extra_bytes / 1e6:.1f} MB: {done}")
            self._name(extra)
        if not lost and not extra:
            self.stdout.write("Rows and files agree.")

    def _name(self, names: list[str]) -> None:
        for name in names[:_SHOWN]:
            self.stdout.write(f"    {name}")
        if len(names) > _SHOWN:
            self.stdout.write(f"    and {len(names) - _SHOWN} more")


def _attend(file: LostFile) -> tuple[bool, str]:
    try:
        return True, mend(file)
    except CannotMend as error:
        return False, str(error)


def _hours(text: str) -> timedelta:
    try:
        hours = float(text)
    except ValueError:
        hours = 0
    if not 1 <= hours <= 100_000:
        raise argparse.ArgumentTypeError(f"{text} is no number of hours from 1 to 100,000")
    return timedelta(hours=hours)
