"""Faults of what workers stand on: database, Redis, storage and clocks."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from nstsite.tests.live.faults.fault_site import FaultSite
from nstsite.tests.live.faults.full_disk import full, refusing_writes
from nstsite.tests.live.faults.steps import OF_A_JOB, STEADY, Fault
from nstsite.tests.live.faults.tally import Tally
from nstsite.tests.live.waiting import wait_for

Breaking = Callable[[Path], AbstractContextManager[None]]
_BEFORE_STORING = OF_A_JOB[: OF_A_JOB.index("finished") + 1]


def database_restarted(site: FaultSite, draw: random.Random, tries: int) -> list[Tally]:
    """In mid-painting, in order or by a crash."""
    tally = Tally("database restarted while working")
    for _ in range(tries):
        keys = [site.submit(), site.submit("charlie")]
        with site.held_at(draw.choice(STEADY)):
            site.database.restart(draw.choice(["fast", "immediate"]))
            time.sleep(draw.uniform(0, 0.3))
        tally.tries += 1
        site.wait_until_ended(keys)
        site.end_workers()
        site.judge(tally, keys)
    return [tally]


def redis_restarted_and_emptied(site: FaultSite, draw: random.Random, tries: int) -> list[Tally]:
    """Between the messages of several photos."""
    tally = Tally("Redis restarted and emptied")
    for _ in range(tries):
        keys = [site.submit(), site.submit("charlie")]
        with site.held_at(draw.choice(STEADY)):
            site.redis.stop()
            site.redis.start()
            if draw.random() < 0.5:
                keys.append(site.submit())
        tally.tries += 1
        site.wait_until_ended(keys)
        site.end_workers()
        site.judge(tally, keys)
    return [tally]


def storage_refusing_writes(site: FaultSite, draw: random.Random, tries: int) -> list[Tally]:
    """For an attempt or for all three."""
    return [_storage_fault(site, draw, tries, Tally("storage refusing writes"), refusing_writes)]


def disk_full(site: FaultSite, draw: random.Random, tries: int) -> list[Tally]:
    """To the last byte, for an attempt or for all three."""
    return [_storage_fault(site, draw, tries, Tally("disk full"), full)]


def _storage_fault(
    site: FaultSite,
    draw: random.Random,
    tries: int,
    tally: Tally,
    broken: Callable[[Path], AbstractContextManager[None]],
) -> Tally:
    for number in range(tries):
        key = site.submit()
        for_good = number % 2 == 1
        fault, folder = site.pause_at(draw.choice(_BEFORE_STORING))
        worker = site.start_worker(fault)
        wait_for("the step", lambda folder=folder: any(folder.iterdir()), every=0.01)
        with broken(site.media):
            (folder / "go").touch()
            if for_good:
                site.wait_until_ended([key])
            else:
                wait_for("an attempt that fails", lambda worker=worker: "failed in attempt" in worker.log.read_text())
        tally.tries += 1
        site.wait_until_ended([key])
        site.end_workers()
        site.judge(tally, [key], may_fail=for_good)
        if for_good and "Its log tells the administrator why" not in site.shown_reason("alice", key):
            tally.problems.append(f"{tally.name}: the owner of {key} is not told why")
    return tally


def clock_of_a_worker(site: FaultSite, draw: random.Random, tries: int) -> list[Tally]:
    """Ahead of or behind the others' by up to a day: it paints beside them, and looks for lost jobs."""
    tallies = [Tally("clock of one worker ahead"), Tally("clock of one worker behind")]
    for number in range(2 * tries):
        tally = tallies[number % 2]
        offset = draw.uniform(60, 86_400) * (1 if number % 2 == 0 else -1)
        keys = [site.submit(), site.submit("charlie")]
        with site.held_at(draw.choice(STEADY)):
            site.start_worker(Fault(clock=offset))
            for _ in range(2):
                site.sweep(Fault(clock=offset))
        tally.tries += 1
        site.wait_until_ended(keys)
        site.end_workers()
        site.judge(tally, keys, attempts=1)
    return tallies


def clock_of_the_database(site: FaultSite, draw: random.Random, tries: int) -> list[Tally]:
    """Put forward or back in mid-painting; half of the time the worker is killed right after."""
    assert site.clock is not None
    tallies = [Tally("database's clock put forward"), Tally("database's clock put back")]
    try:
        for number in range(2 * tries):
            tally = tallies[number % 2]
            offset = draw.uniform(60, 86_400) * (1 if number % 2 == 0 else -1)
            keys = [site.submit(), site.submit("charlie")]
            with site.held_at(draw.choice(STEADY)):
                site.clock.put(offset)
                if draw.random() < 0.5:
                    site.end_workers()
            tally.tries += 1
            site.recover(keys)
            site.end_workers()
            site.judge(tally, keys)
            site.clock.put(0)
    finally:
        site.clock.put(0)
    return tallies
