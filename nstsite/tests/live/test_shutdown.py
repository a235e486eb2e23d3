"""Stopping in order: every process ends, and what was being painted is finished first."""

from __future__ import annotations

import time
from collections.abc import Callable

from nstsite.tests.live.drawing import photo
from nstsite.tests.live.live_site import LiveSite
from nstsite.tests.live.program import Program
from nstsite.tests.live.waiting import wait_for


def test_an_idle_worker_ends_with_everything_it_started(new_site: Callable[..., LiveSite]) -> None:
    worker = new_site().start_worker()
    worker.ask_to_stop()
    assert worker.wait_until_gone() == 0


def test_a_busy_worker_finishes_its_painting_and_leaves_the_next_one(
    new_site: Callable[..., LiveSite], program: Callable[..., Program]
) -> None:
    site = new_site()
    site.start_web()
    alice = program(site)
    worker = site.start_worker()
    first = alice.submit(photo(800, 600), "original")["id"]
    wait_for("the painting", lambda: site.job(first).status == "running", every=0.01)
    worker.ask_to_stop()
    # Somebody is in a hurry, but a person: two signals within one instant meet django-q's handler inside the lock of
    # its own event, which it then waits for without end.
    time.sleep(0.5)
    worker.ask_to_stop()
    assert worker.wait_until_gone() == 0
    row = site.job(first)
    assert (row.status, row.attempts) == ("succeeded", 1)
    assert len(site.files_of(first)) == 3

    late = alice.submit(photo(64, 48), 64)["id"]
    assert site.job(late).status == "queued"


def test_the_web_server_ends_with_all_its_processes(new_site: Callable[..., LiveSite]) -> None:
    web = new_site().start_web()
    assert len(web.living()) > 1
    web.ask_to_stop()
    assert web.wait_until_gone() == 0
