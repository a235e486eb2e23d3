"""A process that the nursery has forked, with everything that it has started."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

from nstsite.tests.live.waiting import wait_for


class Forked:
    """The leader of a session."""

    def __init__(self, pid: int, log: Path) -> None:
        self.pid, self.log = pid, log

    def is_alive(self) -> bool:
        """Return whether any process of the session runs."""
        return any(True for _ in self._members())

    def kill(self) -> None:
        """End all of them at once."""
        self.signal_all(signal.SIGKILL)
        wait_for("the end of a worker", lambda: not self.is_alive(), every=0.02)

    def signal_all(self, number: int) -> None:
        """Send each a signal."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def ask_to_stop(self) -> None:
        """Send SIGTERM to the leader alone."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)

    def _members(self) -> Iterator[int]:
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                state, _parent, _group, session = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
            except OSError:
                continue
            if int(session) == self.pid and state not in "ZX":
                yield int(folder.name)
