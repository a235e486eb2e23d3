"""A program with everything it starts, watched from outside through /proc."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from nstsite.tests.live.proc_stat import stat_fields
from nstsite.tests.live.waiting import wait_for

PROJECT_DIR = Path(__file__).resolve().parents[3]
STOP_SECONDS = 90
"""A painting in work is finished first, on a machine that may be busy."""


class ProcessGroup:
    """Leader of a session of its own, which its children cannot leave without trying to."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.log = log
        with log.open("ab") as file:
            self._leader = subprocess.Popen(
                command,
                cwd=PROJECT_DIR,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The leader's number."""
        return self._leader.pid

    def living(self) -> dict[int, str]:
        """Return process id → command line of every process that still runs; zombies do not."""
        found = {}
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            state, _parent, _group, session = stat_fields(int(folder.name))[:4] or ("X", "", "", "0")
            if int(session) != self._leader.pid or state in "ZX":
                continue
            try:
                found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ").strip()
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended while we looked
        return found

    def is_running(self) -> bool:
        """Return whether the leader runs."""
        return self._leader.poll() is None

    def ask_to_stop(self) -> None:
        """Send SIGTERM to the leader alone, as a supervisor does."""
        self._leader.send_signal(signal.SIGTERM)

    def signal_all(self, number: int) -> None:
        """Send a signal to every process, as systemd, a terminal or a power cut does."""
        os.killpg(self._leader.pid, number)

    def wait_until_gone(self, seconds: float = STOP_SECONDS) -> int:
        """Return the leader's exit status once no process is left.

        Raises:
            AssertionError: something still runs then.
        """
        try:
            status = self._leader.wait(seconds)
            wait_for("the end of every process", lambda: not self.living(), seconds=10)
        except (subprocess.TimeoutExpired, AssertionError) as error:
            raise AssertionError(f"still running: {self.living()}\n{self.log_tail()}") from error
        return status

    def kill(self) -> None:
        """End every process at once with SIGKILL, and wait until they are gone."""
        with contextlib.suppress(ProcessLookupError):
            self.signal_all(signal.SIGKILL)
        self.wait_until_gone()

    def log_tail(self) -> str:
        """Return the last lines of its output."""
        return "\n".join([f"--- {self.log.name}", *self.log.read_text(errors="replace").splitlines()[-40:]])
