"""A worker that is held in the middle of its work, so that what a page shows meanwhile is seen on any machine."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator

from nstsite.tests.live.live_site import LiveSite
from nstsite.tests.live.process_group import ProcessGroup
from nstsite.tests.live.waiting import wait_for


@contextlib.contextmanager
def held(site: LiveSite, worker: ProcessGroup, when: Callable[[], bool] = lambda: True) -> Iterator[None]:
    """Stop every process of ``worker`` as soon as ``when`` is true, and let them go on at the end."""
    wait_for("the moment to hold the worker", when, every=0.01)
    worker.signal_all(signal.SIGSTOP)
    try:
        while not _takes_writes(site):  # held in a transaction, it would lock the others out
            worker.signal_all(signal.SIGCONT)
            time.sleep(0.01)
            worker.signal_all(signal.SIGSTOP)
        yield
    finally:
        worker.signal_all(signal.SIGCONT)


def _takes_writes(site: LiveSite) -> bool:
    with contextlib.closing(sqlite3.connect(site.data_dir / "easel.sqlite3", timeout=0.2)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        connection.rollback()
        return True
