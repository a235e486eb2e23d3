"""A whole installation of Easel in a folder of its own: the Procfile's processes on a free port."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from types import SimpleNamespace

from nstsite.tests.live.free_port import free_port
from nstsite.tests.live.process_group import PROJECT_DIR, ProcessGroup
from nstsite.tests.live.waiting import wait_for

# The machine's proxy is none of this site's business.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
PROCESSES_OF_A_WORKER = 5
"""qcluster's leader, its guard, one worker, the pusher that takes messages in, and the monitor of results."""


class LiveSite:
    """Web and workers as subprocesses; the database and files are looked at from outside, read only."""

    def __init__(self, data_dir: Path, **variables: str) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        outer = {name: value for name, value in os.environ.items() if not name.startswith("EASEL_")}
        self.environment = outer | {
            "DJANGO_SETTINGS_MODULE": "nstsite.settings",
            "EASEL_DATA_DIR": str(data_dir),
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
            **variables,
        }
        self.groups: list[ProcessGroup] = []
        self.may_log_tracebacks = False
        """Django logs one for each request that it refuses with 400 or 403."""

    def run(self, *arguments: str, seconds: float = 600) -> str:
        """Run a Python program of the project to its end and return its output."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=PROJECT_DIR,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=seconds,
        )
        assert done.returncode == 0, f"{arguments} failed:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def start(self, name: str, **variables: str) -> ProcessGroup:
        """Start the Procfile's process ``name``, with other variables besides the site's."""
        commands = dict(re.findall(r"^(\w+): *(.+)$", (PROJECT_DIR / "Procfile").read_text(), re.MULTILINE))
        command = commands[name].replace(".venv/bin/python", sys.executable)
        log = self.data_dir / f"{name}-{len(self.groups)}.log"
        group = ProcessGroup(["sh", "-c", command], self.environment | variables, log)
        self.groups.append(group)
        return group

    def start_web(self) -> ProcessGroup:
        """Start the web server and return it when it answers."""
        group = self.start("web")

        def answers() -> bool:
            assert group.is_running(), f"the web server ended\n{group.log_tail()}"
            try:
                with OPENER.open(f"{self.url}/healthz", timeout=10) as response:
                    return bool(response.status == 200)
            except OSError:
                return False

        wait_for("an answer of /healthz", answers)
        return group

    def start_worker(self, **variables: str) -> ProcessGroup:
        """Start a worker and return it when all its processes run."""
        group = self.start("worker", **variables)

        def is_complete() -> bool:
            assert group.is_running(), f"the worker ended\n{group.log_tail()}"
            return len(group.living()) >= PROCESSES_OF_A_WORKER

        wait_for("the worker's processes", is_complete)
        return group

    def stop(self) -> None:
        """Stop everything that still runs, and make sure that nothing is left and no request met an error."""
        running = [group for group in self.groups if group.is_running()]
        try:
            for group in running:
                group.ask_to_stop()
            for group in running:
                group.wait_until_gone()
        finally:
            left: dict[int, str] = {}
            for group in self.groups:
                left |= group.living()
                group.kill()
        assert left == {}, "processes were left running"
        for group in self.groups:
            assert self.may_log_tracebacks or "Traceback" not in group.log.read_text(errors="replace"), group.log_tail()

    def jobs(self) -> list[SimpleNamespace]:
        """Return every row of jobs as the database has it now, oldest first."""
        return [SimpleNamespace(**row) for row in self._rows("SELECT * FROM stylizer_stylization ORDER BY created_at")]

    def count(self, table: str) -> int:
        """Return how many rows a table has now."""
        return len(self._rows(f"SELECT 1 FROM {table}"))  # a test's own

    def _rows(self, query: str) -> list[sqlite3.Row]:
        address = f"file:{self.data_dir / 'easel.sqlite3'}?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True, timeout=20)) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(query).fetchall()

    def job(self, pk: str) -> SimpleNamespace:
        """Return one row."""
        (row,) = [row for row in self.jobs() if uuid.UUID(row.id) == uuid.UUID(pk)]
        return row

    def files_of(self, pk: str) -> set[str]:
        """Return the names of all files stored for a job."""
        key = uuid.UUID(pk)
        folder = self.data_dir / "media" / "stylizations" / key.hex[:2] / str(key)
        return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
