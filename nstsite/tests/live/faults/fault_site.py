"""A site that faults happen to: PostgreSQL, Redis, a web server, and workers that are forked in no time."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nstsite.tests.conftest import MAKE_USERS
from nstsite.tests.live import postgresql, redis_server
from nstsite.tests.live.drawing import photo
from nstsite.tests.live.faults.database_clock import DatabaseClock, database_clock
from nstsite.tests.live.faults.forked import Forked
from nstsite.tests.live.faults.full_disk import small_disk
from nstsite.tests.live.faults.steps import Fault
from nstsite.tests.live.faults.tally import Tally
from nstsite.tests.live.live_site import LiveSite
from nstsite.tests.live.process_group import PROJECT_DIR
from nstsite.tests.live.program import Program
from nstsite.tests.live.waiting import wait_for

LEASE_SECONDS = 2
STOP_SECONDS = 1
_DURABLE = "-c fsync=off"
"""What was committed outlasts a crash of the server, though not one of the machine."""
VARIABLES = {
    "EASEL_LEASE_SECONDS": str(LEASE_SECONDS),
    "EASEL_STOP_SECONDS": str(STOP_SECONDS),
    "EASEL_MAX_QUEUED_PER_USER": "10000",
    "EASEL_API_CREATES_PER_MINUTE": "1000000",
    "EASEL_API_REQUESTS_PER_MINUTE": "1000000",
    "WEB_CONCURRENCY": "1",
}
DISK_MB = 256
_WITNESS = "nstsite.tests.live.faults.witness."


class FaultSite:
    """Everything that a row of the matrix needs."""

    def __init__(
        self,
        live: LiveSite,
        database: postgresql.Cluster,
        redis: redis_server.RedisServer,
        clock: DatabaseClock | None,
        has_own_disk: bool,
    ) -> None:
        self.live, self.database, self.redis = live, database, redis
        self.clock, self.has_own_disk = clock, has_own_disk
        self.media = live.data_dir / "media"
        self.pauses = live.data_dir.parent / "pauses"
        self.uploads = live.data_dir.parent / "uploads"
        self.workers: list[Forked] = []
        self._count = 0
        log = (live.data_dir.parent / "nursery.log").open("ab")
        self._nursery = subprocess.Popen(
            [sys.executable, "-m", "nstsite.tests.live.faults.nursery"],
            cwd=PROJECT_DIR,
            env=live.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        log.close()
        assert self._answer() == {"ready": True}
        self.call("install")
        self.owners = {name: Program(live.url, name) for name in ("alice", "charlie")}
        self.style = self.owners["alice"].styles()[0]
        self._photo = photo(96, 72)

    # What people do.

    def submit(self, owner: str = "alice", *, name: str = "photo.jpg") -> str:
        """Queue a small photo and return the job's key."""
        return self.owners[owner].submit_photo(self._photo, self.style, 64, name=name)

    # Processes.

    def start_worker(self, fault: Fault | None = None) -> Forked:
        """Start a worker to which this happens."""
        return self._start("worker", fault)

    def start_web(self, port: int, fault: Fault) -> Forked:
        """Start another web server."""
        return self._start("web", fault, port=port)

    def _start(self, what: str, fault: Fault | None, **more: Any) -> Forked:
        self._count += 1
        log = self.live.data_dir.parent / f"{what}-{self._count}.log"
        wanted = {"start": what, "log": str(log), "fault": asdict(fault or Fault()), **more}
        worker = Forked(self._ask(wanted)["pid"], log)
        self.workers.append(worker)
        return worker

    def end_workers(self) -> None:
        """Kill all workers that still run."""
        for worker in self.workers:
            worker.kill()
        self.workers.clear()

    def pause_at(self, step: str) -> tuple[Fault, Path]:
        """Return a fault that waits at ``step``, and the folder that tells and ends it."""
        self._count += 1
        folder = self.pauses / str(self._count)
        folder.mkdir(parents=True)
        return Fault(step=step, act="pause", folder=str(folder)), folder

    @contextlib.contextmanager
    def held_at(self, step: str) -> Iterator[None]:
        """Hold a worker at a step for the time of the block, then let it go on."""
        fault, folder = self.pause_at(step)
        self.start_worker(fault)
        wait_for(f"the step “{step}”", lambda: any(folder.iterdir()), every=0.01)
        try:
            yield
        finally:
            (folder / "go").touch()

    # What the project does by itself, at once.

    def call(self, function: str, fault: Fault | None = None, **arguments: Any) -> Any:
        """Return what a function of witness.py, or one with its module, returns in a process of its own."""
        name = function if "." in function else _WITNESS + function
        answer = self._ask({"call": name, "arguments": arguments, "fault": asdict(fault or Fault())})
        assert "answer" in answer, answer["error"]
        return answer["answer"]

    def sweep(self, fault: Fault | None = None) -> None:
        """Look for what was lost, as a schedule does every minute."""
        self.call("stylizer.tasks.sweep", fault)

    def recover(self, keys: Sequence[str]) -> bool:
        """Let a worker do what is left to do; return whether all these jobs have ended."""
        self.start_worker()
        return self.wait_until_ended(keys)

    def wait_until_ended(self, keys: Sequence[str], seconds: float = 120) -> bool:
        """Return whether all these jobs have ended within the time; sweeps meanwhile."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            states = self.call("swept_states", keys=list(keys))
            if all(states.get(key) in {"succeeded", "failed", "cancelled"} for key in keys):
                return True
            time.sleep(0.3)
        return False

    # Judging.

    def recover_and_judge(self, tally: Tally, keys: Sequence[str], *, may_fail: bool = False) -> None:
        """Let a worker do what is left to do, then look at everything."""
        tally.tries += 1
        self.recover(keys)
        self.end_workers()
        self.judge(tally, keys, may_fail=may_fail)

    def judge(self, tally: Tally, keys: Sequence[str], *, may_fail: bool = False, attempts: int = 3) -> None:
        """Look at the jobs and files after a try, when all work has ended, and add to the counts."""
        found = self.call("report", keys=list(keys))
        tally.judge_jobs(keys, found["jobs"], may_fail=may_fail, attempts=attempts)
        tally.judge_files(found["unnamed"] + [str(path) for path in self.uploads.iterdir()], found["lost_files"])

    def shown_reason(self, owner: str, key: str) -> str:
        """Return the reason as the API shows it to the job's owner."""
        return str((self.owners[owner].job(key)["error"] or {}).get("detail", ""))

    def close(self) -> None:
        """End everything."""
        self.end_workers()
        self._nursery.kill()
        self._nursery.communicate()

    def _ask(self, wanted: dict[str, Any]) -> dict[str, Any]:
        assert self._nursery.stdin is not None
        self._nursery.stdin.write(json.dumps(wanted) + "\n")
        self._nursery.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._nursery.stdout is not None
        line = self._nursery.stdout.readline()
        assert line, (self.live.data_dir.parent / "nursery.log").read_text()
        return dict(json.loads(line))


@contextlib.contextmanager
def fault_site(folder: Path, installation: Path, programs: Path, redis_program: str) -> Iterator[FaultSite]:
    """Set one up in ``folder`` and take it down."""
    data = folder / "data"
    data.mkdir()
    (folder / "uploads").mkdir()
    shutil.copytree(installation / "engine-cache", data / "engine-cache")
    with contextlib.ExitStack() as stack:
        clock = stack.enter_context(database_clock())
        try:
            stack.enter_context(small_disk(data / "media", DISK_MB))
            has_own_disk = True
        except PermissionError:
            has_own_disk = False
        database = stack.enter_context(
            postgresql.running_server(programs, _DURABLE, clock.environment if clock else None)
        )
        redis = redis_server.RedisServer(redis_program, folder)
        redis.start()
        stack.callback(redis.stop)
        addresses = {"DATABASE_URL": database.address, "REDIS_URL": redis.url}
        live = LiveSite(data, **VARIABLES, **addresses, TMPDIR=str(folder / "uploads"))
        live.may_log_tracebacks = True
        live.run("bin/prepare.py", "--unmeasured")
        live.run("manage.py", "shell", "--no-imports", "-c", MAKE_USERS)
        try:
            live.start_web()
            site = FaultSite(live, database, redis, clock, has_own_disk)
            try:
                yield site
            finally:
                site.close()
        finally:
            live.stop()
