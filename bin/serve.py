"""Start web and worker as the Procfile names them, say when they serve, and stop both cleanly.

``bin/run`` (``make run``) calls it inside .venv.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any

from address import EVERYWHERE, AddressError, address_from_environment, answers, check_address
from honcho import manager, printer  # type: ignore[import-untyped]
from honcho.environ import parse_procfile  # type: ignore[import-untyped]

PROJECT_DIR = Path(__file__).resolve().parent.parent
STOP_SECONDS = 10
"""How long a stop waits at the least: until the worker has finished its painting or handed it back."""
SLOW_START_SECONDS = 60


def stop_seconds() -> int:
    """Return how long a stop waits; the variable has been checked when the installation was prepared."""
    return max(STOP_SECONDS, int(os.environ.get("EASEL_STOP_SECONDS", "").strip() or 0) + 4)


def say(text: str) -> None:
    """Write a line for the person at the terminal."""
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except OSError:
        stop_writing()


def stop_writing() -> None:
    """Send further output nowhere: the terminal or pipe is gone, and stopping must not fail on that."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


class PatientPrinter(printer.Printer):  # type: ignore[misc]  # honcho has no type hints
    """Prints the processes' lines; outlives the terminal."""

    def write(self, message: Any) -> None:
        """Print one message."""
        try:
            super().write(message)
        except OSError:
            stop_writing()


class LeaderSignals:
    """How processes are signalled: the leader is asked, so that it can stop its own workers in order; force hits all.

    honcho's own way sends SIGTERM to the whole group, which kills qcluster's sentinel and the worker in mid-painting.
    """

    def terminate(self, pid: int) -> None:
        """Ask one process to stop."""
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            return

    def kill(self, pid: int) -> None:
        """End a process and everything it started."""
        try:
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:
            return


class Supervisor(manager.Manager):  # type: ignore[misc]  # honcho has no type hints
    """honcho's manager, which also says when the site serves and stops it in order."""

    def __init__(self, host: str, port: int) -> None:
        """Prepare to serve ``host:port``."""
        super().__init__(PatientPrinter(sys.stdout))
        self._procmgr = LeaderSignals()
        self.host, self.port = host, port
        self.was_asked_to_stop = False
        self._was_killed = False

    def _start(self) -> None:
        # The children must not take a closed terminal as their own end: the supervisor stops them in order.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        super()._start()
        signal.signal(signal.SIGHUP, self._hang_up)
        signal.signal(signal.SIGALRM, self._stop_late)
        threading.Thread(target=self._announce, daemon=True).start()

    def _hang_up(self, _signal: int, _frame: FrameType | None) -> None:
        stop_writing()
        self.returncode = 128 + signal.SIGHUP
        self.terminate()

    def _stop_late(self, _signal: int, _frame: FrameType | None) -> None:
        self.terminate()

    def terminate(self) -> None:
        """Ask every process to stop, once."""
        self.was_asked_to_stop = self.was_asked_to_stop or self.returncode in {130, 143, 128 + signal.SIGHUP}
        if not self._all_started():
            # honcho learns the process ids a moment after the start and cannot signal before.
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            return
        if self.was_asked_to_stop and not self._terminating:
            say(f"Stopping; a painting in work has {manager.KILL_WAIT} seconds to be finished.")
        super().terminate()

    def kill(self) -> None:
        """End what is left; honcho calls this again and again until nothing is."""
        if not self._was_killed:
            self._was_killed = True
            super().kill()
            say("A painting that was cut off is painted anew after the next start.")

    def _announce(self) -> None:
        started = time.monotonic()
        has_warned = False
        while not self._terminating:
            if answers(self.host, self.port):
                shown = f"[{self.host}]" if ":" in self.host else self.host
                everywhere = " on every address of this machine" if self.host in EVERYWHERE else ""
                say(f"\n    Easel is serving on http://{shown}:{self.port}{everywhere}. Ctrl-C stops it.\n")
                return
            if not has_warned and time.monotonic() - started > SLOW_START_SECONDS:
                has_warned = True
                say("Easel does not answer yet; the lines of web above say why.")
            time.sleep(0.2)


def serve(host: str, port: int) -> int:
    """Prepare the installation and run the Procfile's processes until a signal or the first end; return the status."""
    preparing = subprocess.run([sys.executable, PROJECT_DIR / "bin" / "prepare.py"], check=False)  # noqa: S603
    if preparing.returncode in {-signal.SIGINT, -signal.SIGTERM}:
        return 0  # a Ctrl-C goes to both processes, and the other's end may be seen before one's own signal
    if preparing.returncode != 0:
        return preparing.returncode if preparing.returncode > 0 else 1
    environment = os.environ | {
        "HOST": f"[{host}]" if ":" in host else host,
        "PORT": str(port),
        "PYTHONUNBUFFERED": "1",  # otherwise lines, and mails printed in place of sent, wait in the pipe
    }
    manager.KILL_WAIT = stop_seconds()
    supervisor = Supervisor(host, port)
    for name, command in parse_procfile((PROJECT_DIR / "Procfile").read_text()).processes.items():
        supervisor.add_process(name, command, env=environment, cwd=PROJECT_DIR)
    try:
        supervisor.loop()
    except BaseException:
        supervisor.kill()
        raise
    if supervisor.was_asked_to_stop:
        say("Easel has stopped.")
        return 0
    return supervisor.returncode or 1


def main() -> int:
    """Run; 0 after a stop that was asked for, else the status of what failed."""
    try:
        host, port = address_from_environment()
        check_address(host, port)
    except AddressError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    # Raised in the preparation, a stop ends that as well; later, the supervisor takes both signals.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return serve(host, port)
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
