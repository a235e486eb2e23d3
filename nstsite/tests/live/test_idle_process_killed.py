"""A painting process that is killed while it has nothing to do takes nothing with it that the next one needs."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from nstsite.tests.live.drawing import photo
from nstsite.tests.live.live_site import PROCESSES_OF_A_WORKER, LiveSite
from nstsite.tests.live.proc_stat import stat_fields
from nstsite.tests.live.program import Program
from nstsite.tests.live.waiting import wait_for


class Rest:
    """Whether a process waits, and has computed nothing since the last look."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._computed = ""

    def is_at_rest(self) -> bool:
        fields = stat_fields(self._pid)
        before, self._computed = self._computed, " ".join(fields[11:13])
        return fields[0] == "S" and self._computed == before


def test_the_worker_goes_on(new_site: Callable[..., LiveSite], program: Callable[..., Program]) -> None:
    site = new_site()
    site.start_web()
    worker = site.start_worker()
    alice = program(site, "alice")

    def paint() -> int:
        key = str(alice.submit(photo(64, 64), 64)["id"])
        wait_for("the painting", lambda: site.job(key).finished_at)
        return int(site.job(key).worker.rpartition(":")[2])

    killed = paint()
    for _ in range(2):
        wait_for("nothing to do", Rest(killed).is_at_rest)
        os.kill(killed, signal.SIGKILL)
        wait_for(
            "another process in its place",
            lambda killed=killed: killed not in worker.living() and len(worker.living()) == PROCESSES_OF_A_WORKER,
        )
        following = paint()
        assert following != killed
        killed = following
