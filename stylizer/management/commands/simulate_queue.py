"""Find out how many pictures a minute this database can hand to workers, without painting any."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from stylizer import queue_simulation
from stylizer.models import Stylization


class Command(BaseCommand):
    """Simulate workers on an empty database."""

    help = (
        "Fill an empty database with accounts, finished and waiting jobs, and let worker processes claim and finish "
        "them with the code that real workers use, each job followed by a new one; nothing is painted and no file is "
        "written. Tells how many jobs a minute that makes, and what each step takes. Takes everything away again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add how much of each."""
        parser.add_argument("--workers", type=int, default=4, help="Worker processes (default: 4).")
        parser.add_argument("--users", type=int, default=100, help="Accounts that have jobs (default: 100).")
        parser.add_argument("--queued", type=int, default=1000, help="Jobs that wait all the time (default: 1000).")
        parser.add_argument(
            "--history", type=int, default=10_000, help="Jobs that were finished before (default: 10000)."
        )
        parser.add_argument("--seconds", type=float, default=10, help="How long to work, seconds (default: 10).")
        parser.add_argument(
            "--per-minute", type=float, default=0, help="Jobs that arrive a minute; 0: as many as go (default: 0)."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Fill, work, tell, remove."""
        if (
            min(options["workers"], options["users"], options["seconds"]) <= 0
            or min(options["queued"], options["history"], options["per_minute"]) < 0
        ):
            raise CommandError("--workers, --users and --seconds must be above 0, the others not below.")
        if Stylization.objects.exists():
            raise CommandError(
                "This database has jobs of its own, which the simulated workers would take. Make one for it: set "
                "DATABASE_URL or EASEL_DATA_DIR to another, and run manage.py migrate."
            )
        try:
            queue_simulation.fill(options["users"], options["queued"], options["history"])
            outcome = queue_simulation.work(options["workers"], options["seconds"], options["per_minute"])
        finally:
            queue_simulation.remove()
        waiting = f"{options['queued']:,} waiting of {options['users']:,} people, {options['history']:,} finished"
        self.stdout.write(f"{waiting}, {options['workers']} workers, {outcome.seconds:.1f} s")
        self.stdout.write(f"{outcome.per_minute:,.0f} jobs a minute")
        for step in ("arrive", "claim", "finish"):
            median, most = outcome.milliseconds(step), outcome.milliseconds(step, 0.95)
            self.stdout.write(f"  {step:8} median {median:7.2f} ms, p95 {most:7.2f} ms")
        self.stdout.write(f"  message  median {queue_simulation.message_milliseconds():7.2f} ms")
