"""The rows of the fault matrix: each tries one fault again and again, at random moments."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from nstsite.tests.live.faults import server_rows, web_rows, worker_rows
from nstsite.tests.live.faults.fault_site import FaultSite
from nstsite.tests.live.faults.tally import Tally


@dataclass(frozen=True)
class Row:
    """One fault."""

    name: str
    run: Callable[[FaultSite, random.Random, int], list[Tally]]
    """Tries it so many times, and returns the counts: of several rows where there are several steps."""
    short_tries: int = 0
    """How often ``make test`` tries it, of each step."""
    needs: str = ""
    """``disk``: one that can be filled; ``clock``: the database's, which can be put."""

    def cannot_run(self, site: FaultSite) -> str:
        """Return why it cannot be tried on this machine; empty: it can."""
        if self.needs == "disk" and not site.has_own_disk:
            return "no file system can be mounted here"
        if self.needs == "clock" and site.clock is None:
            return "libfaketime is not installed"
        return ""


ROWS = (
    Row("killed at every step", worker_rows.killed_at_every_step),
    Row("killed at any moment", worker_rows.killed_at_any_moment),
    Row("database restarted", server_rows.database_restarted, short_tries=1),
    Row("Redis restarted", server_rows.redis_restarted_and_emptied),
    Row("storage refusing writes", server_rows.storage_refusing_writes, needs="disk"),
    Row("disk full", server_rows.disk_full, needs="disk"),
    Row("clock of a worker", server_rows.clock_of_a_worker),
    Row("clock of the database", server_rows.clock_of_the_database, needs="clock"),
    Row("web killed", web_rows.web_killed_during_an_upload),
    Row("claiming at once", worker_rows.workers_claiming_at_once),
    Row("poison", worker_rows.poison),
    Row("told to stop", worker_rows.told_to_stop, short_tries=1),
)
