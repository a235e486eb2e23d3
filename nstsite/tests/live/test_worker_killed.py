"""A worker that dies loses nothing: the job is painted once, by whoever comes next, or fails with a reason."""

from __future__ import annotations

import io
import os
import signal
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from PIL import Image

from nstsite.tests.live.drawing import photo
from nstsite.tests.live.live_site import LiveSite
from nstsite.tests.live.program import Program
from nstsite.tests.live.waiting import wait_for

LEASE_SECONDS = 5


@pytest.fixture(scope="module")
def site(new_site: Callable[..., LiveSite]) -> LiveSite:
    site = new_site(EASEL_LEASE_SECONDS=str(LEASE_SECONDS))
    site.start_web()
    return site


@pytest.fixture
def alice(site: LiveSite, program: Callable[..., Program]) -> Iterator[Program]:
    """Her program; at the end no worker and no photo is left that another test could meet."""
    alice = program(site, "alice")
    yield alice
    for worker in site.groups[1:]:
        if worker.is_running():
            worker.ask_to_stop()
            worker.wait_until_gone()
    for job in alice.list():
        if job["status"] == "queued":
            alice.cancel(job["id"])


def wait_until_running(site: LiveSite, pk: str, attempt: int, progress: int = 0) -> SimpleNamespace:
    def look() -> SimpleNamespace | None:
        row = site.job(pk)
        assert row.status in {"queued", "running"}, f"too late, it has {row.status} already"
        return row if (row.status, row.attempts) == ("running", attempt) and row.progress >= progress else None

    return wait_for(f"attempt {attempt} at {progress} %", look, every=0.01)


def wait_until_finished(site: LiveSite, pk: str) -> SimpleNamespace:
    return wait_for("the end of the job", lambda: (row := site.job(pk)).finished_at and row)


def wait_until_lease_ends(site: LiveSite, pk: str) -> None:
    def has_ended() -> bool:
        row = site.job(pk)
        return row.status != "running" or datetime.fromisoformat(row.lease_expires_at + "+00:00") < datetime.now(UTC)

    wait_for("the end of the lease", has_ended)


def wake_worker(program: Program) -> None:
    """Send any new photo: its worker looks for lost jobs first. Otherwise they wait for the sweep, up to a minute."""
    program.submit(photo(64, 48), 64)


def assert_painted_once(site: LiveSite, pk: str, program: Program, attempts: int) -> None:
    row = site.job(pk)
    assert (row.status, row.attempts, row.progress) == ("succeeded", attempts, 100), row
    painted = {name.rpartition("/")[2] for name in (row.master, row.result, row.thumbnail)}
    assert site.files_of(pk) == painted
    answer = program.job(pk)
    with Image.open(io.BytesIO(program.get(answer["result_url"]))) as painting:
        assert (painting.format, painting.size) == ("JPEG", (row.result_width, row.result_height))
        painting.load()


def test_a_job_whose_worker_is_killed_in_mid_painting_is_painted_once_after_the_restart(
    site: LiveSite, alice: Program
) -> None:
    worker = site.start_worker()
    pk = alice.submit(photo(1000, 750), "original")["id"]
    wait_until_running(site, pk, attempt=1, progress=1)
    worker.kill()

    left = site.job(pk)
    assert (left.status, left.attempts) == ("running", 1)
    assert site.files_of(pk) == set()
    assert alice.job(pk)["status"] == "running"

    site.start_worker()
    # Nothing else happens on this site: the sweep, a schedule of one minute, has to find the job.
    wait_until_finished(site, pk)
    assert_painted_once(site, pk, alice, attempts=2)


def test_what_a_killed_worker_had_stored_is_removed_by_the_next_attempt(site: LiveSite, alice: Program) -> None:
    worker = site.start_worker()
    pk = alice.submit(photo(800, 600), 512)["id"]
    lease = uuid.UUID(wait_until_running(site, pk, attempt=1).lease_token)
    worker.kill()
    left = site.job(pk)
    assert (left.status, left.attempts) == ("running", 1)
    # The moment between files and row is too short to hit; this is what dying in it leaves.
    folder = site.data_dir / "media" / "stylizations" / uuid.UUID(pk).hex[:2] / pk
    folder.mkdir(parents=True)
    for name in (f"master-{lease}.webp", f"result-{lease}.jpg", f"thumbnail-{lease}.webp"):
        (folder / name).write_bytes(b"half a picture")

    site.start_worker()
    wait_until_lease_ends(site, pk)
    wake_worker(alice)
    wait_until_finished(site, pk)
    assert_painted_once(site, pk, alice, attempts=2)


def test_a_job_that_kills_three_workers_fails_with_a_reason(site: LiveSite, alice: Program) -> None:
    """Only the painting process is killed, as for lack of memory; its cluster replaces it and goes on."""
    site.start_worker()
    pk = alice.submit(photo(3000, 2000), "original")["id"]
    for attempt in (1, 2, 3):
        row = wait_until_running(site, pk, attempt)
        os.kill(int(row.worker.rpartition(":")[2]), signal.SIGKILL)
        wait_until_lease_ends(site, pk)
        wake_worker(alice)

    row = wait_until_finished(site, pk)
    assert (row.status, row.attempts, row.error_code) == ("failed", 3, "worker_lost")
    error = alice.job(pk)["error"]
    assert error["code"] == "worker_lost"
    assert "3 times" in error["detail"]
    assert "smaller size" in error["detail"]
    assert site.files_of(pk) == set()
