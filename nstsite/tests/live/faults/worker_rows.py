"""Faults of workers, tried at random moments."""

from __future__ import annotations

import random
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from nstsite.tests.live.faults.fault_site import FaultSite
from nstsite.tests.live.faults.forked import Forked
from nstsite.tests.live.faults.steps import BEFORE_A_CLAIM, OF_A_JOB, STEADY, Fault
from nstsite.tests.live.faults.tally import Tally
from nstsite.tests.live.waiting import wait_for

AT_ONCE = 8
"""Workers that are killed at the same time, each at its own step."""


def killed_at_every_step(site: FaultSite, draw: random.Random, tries: int) -> list[Tally]:
    """SIGKILL of the whole group, at the step itself or a moment later."""
    tallies = {step: Tally(f"worker killed: {step}") for step in OF_A_JOB}
    steps = [step for step in OF_A_JOB for _ in range(tries)]
    draw.shuffle(steps)
    for _ in range(4 * len(steps)):
        if not steps:
            break
        chosen, steps = steps[:AT_ONCE], steps[AT_ONCE:]
        keys = [site.submit(draw.choice(["alice", "charlie"])) for _ in chosen]
        victims, folders = [], []
        for step in chosen:
            fault, folder = site.pause_at(step)
            delay = draw.choice([0, 0, draw.uniform(0, 0.2)])
            victims.append(site.start_worker(replace(fault, act="kill", delay=delay)))
            folders.append(folder)
        _wait_until_dead_or_idle(site, victims, keys)
        site.end_workers()
        site.recover(keys)
        site.end_workers()
        for step, key, folder in zip(chosen, keys, folders, strict=True):
            # A job that met three of the victims fails, and says so.
            site.judge(tallies[step], [key], may_fail=True)
            if any(folder.iterdir()):
                tallies[step].tries += 1
            else:
                steps.append(step)  # another was quicker, and it found no job: once more
    for step in steps:
        tallies[step].problems.append(f"the step “{step}” is not reached")
    return list(tallies.values())


def _wait_until_dead_or_idle(site: FaultSite, victims: list[Forked], keys: list[str]) -> None:
    """Return when all victims are dead, or have found no job to begin."""

    def is_over() -> bool:
        if not any(victim.is_alive() for victim in victims):
            return True
        site.call("stylizer.wake.wake_worker", queue="cpu")  # a message may have gone with a worker
        return "queued" not in site.call("states", keys=keys).values()

    wait_for("the beginning of every job", is_over, every=0.3)
    with suppress(AssertionError):
        wait_for("the end of the victims", lambda: not any(victim.is_alive() for victim in victims), seconds=3)


def killed_at_any_moment(site: FaultSite, draw: random.Random, tries: int) -> list[Tally]:
    """SIGKILL of the whole group, whatever it is doing."""
    tally = Tally("worker killed at any moment")
    for _ in range(tries):
        keys = [site.submit() for _ in range(3)]
        worker = site.start_worker()
        time.sleep(draw.uniform(0, 1.5))
        worker.kill()
        site.recover_and_judge(tally, keys)
    return [tally]


def workers_claiming_at_once(site: FaultSite, draw: random.Random, tries: int) -> list[Tally]:
    """Three, let go at the same moment in front of the same line."""
    tally = Tally("three workers claiming at once")
    for _ in range(tries):
        keys = [site.submit(draw.choice(["alice", "charlie"])) for _ in range(4)]
        fault, folder = site.pause_at(BEFORE_A_CLAIM)
        for _ in range(3):
            site.start_worker(fault)

        def all_wait(folder: Path = folder) -> bool:
            if len(list(folder.iterdir())) == 3:
                return True
            site.sweep()  # one worker takes in several messages, and works on one
            return False

        wait_for("three workers before a claim", all_wait)
        (folder / "go").touch()
        tally.tries += 1
        site.wait_until_ended(keys)
        site.end_workers()
        site.judge(tally, keys, attempts=1)
    return [tally]


def poison(site: FaultSite, draw: random.Random, tries: int) -> list[Tally]:
    """A photo that crashes the process which reads it; three of them and others' photos between."""
    bad, good = Tally("photo that crashes the worker"), Tally("photos beside it")
    while bad.tries < tries:
        owners = [("alice", "poison.jpg"), ("charlie", "photo.jpg")] * 3
        draw.shuffle(owners)
        keys = [(site.submit(owner, name=name), name) for owner, name in owners]
        site.start_worker(Fault(poison="poison.jpg"))
        site.wait_until_ended([key for key, _ in keys])
        site.end_workers()
        for key, name in keys:
            tally = bad if name == "poison.jpg" else good
            tally.tries += 1
            site.judge(tally, [key], may_fail=tally is bad)
            if tally is bad and "3 times" not in site.shown_reason("alice", key):
                bad.problems.append(f"{bad.name}: the owner of {key} is not told why")
    return [bad, good]


def told_to_stop(site: FaultSite, draw: random.Random, tries: int) -> list[Tally]:
    """SIGTERM in mid-painting, which goes on for longer than there is time."""
    tally = Tally("worker told to stop")
    for _ in range(tries):
        keys = [site.submit(), site.submit("charlie")]
        fault, folder = site.pause_at(draw.choice(STEADY[1:-2]))
        worker = site.start_worker(fault)
        wait_for("the step", lambda folder=folder: any(folder.iterdir()), every=0.01)
        worker.ask_to_stop()
        wait_for("the end of a worker", lambda worker=worker: not worker.is_alive(), every=0.05)
        (folder / "go").touch()
        tally.tries += 1
        site.recover(keys)
        site.end_workers()
        site.judge(tally, keys, attempts=1)
    return [tally]
