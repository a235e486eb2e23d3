"""The steps of painting a job and of taking an upload in, and what may happen at one of them.

Functions of the program are wrapped in a process that a test starts for that; the program itself knows nothing of it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OF_A_JOB = (
    "claimed",
    "lease kept",
    "leftovers removed",
    "engine open",
    "photo read",
    "half painted",
    "painted",
    "finished",
    "master half written",
    "master stored",
    "result half written",
    "result stored",
    "thumbnail half written",
    "thumbnail stored",
    "row written, not committed",
    "committed",
)
"""In their order. "Stored" is before the row is written, "committed" after it."""
STEADY = tuple(step for step in OF_A_JOB if "half written" not in step)
"""Where it can be held and let go on."""
OF_AN_UPLOAD = (
    "photo half written",
    "photo stored",
    "before half written",
    "before stored",
    "photo's row made",
    "job's row made, not committed",
    "job committed, not answered",
)
BEFORE_A_CLAIM = "before the claim"


@dataclass(frozen=True)
class Fault:
    """What happens when a step is reached for the first time."""

    step: str = ""
    act: str = "kill"
    """``kill`` ends the whole group, ``pause`` waits until ``folder`` has a file ``go``."""
    delay: float = 0
    """Seconds from the step until the group is killed."""
    folder: str = ""
    """Where it is noted that the step was reached."""
    clock: float = 0
    """Seconds that this process's clock is ahead."""
    poison: str = ""
    """The photo with this name ends the process that reads it, as a fault in a decoder does."""


def arm(fault: Fault) -> None:
    """Wrap this process's functions."""
    if fault.clock:
        _shift_clock(fault.clock)
    if fault.poison:
        _poison(fault.poison)
    if fault.step in OF_A_JOB or fault.step == BEFORE_A_CLAIM:
        _wrap_painting(_Trigger(fault))
    elif fault.step:
        _wrap_upload(_Trigger(fault))


class _Trigger:
    """Called at every step."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self._is_over = False

    def __call__(self, step: str) -> None:
        if step != self.fault.step or self._is_over:
            return
        self._is_over = True
        if self.fault.folder:
            (Path(self.fault.folder) / f"reached-{os.getpid()}").touch()
        if self.fault.act == "pause":
            self._pause()
        elif self.fault.delay:
            threading.Timer(self.fault.delay, _kill_group).start()
        else:
            _kill_group()

    def _pause(self) -> None:
        while not (Path(self.fault.folder) / "go").exists():
            time.sleep(0.005)


def _kill_group() -> None:
    os.killpg(0, signal.SIGKILL)


def _after(owner: Any, name: str, act: Callable[[], None]) -> None:
    real = getattr(owner, name)

    def wrapped(*arguments: Any, **options: Any) -> Any:
        answer = real(*arguments, **options)
        if answer is not False:  # a check that failed, a row that was not written
            act()
        return answer

    setattr(owner, name, wrapped)


def _wrap_painting(hit: _Trigger) -> None:
    from stylizer import job_lifecycle, run_job
    from stylizer.lease_keeper import LeaseKeeper

    claim, paint, note_ended = job_lifecycle.claim, run_job.paint_master, job_lifecycle.note_ended

    def wrapped_claim(*arguments: Any) -> Any:
        hit(BEFORE_A_CLAIM)
        job = claim(*arguments)
        if job is not None:
            hit("claimed")
        return job

    def wrapped_paint(engine: Any, image: Any, brush: Any, report: Callable[[float], None]) -> Any:
        def reported(share: float) -> None:
            report(share)
            hit("half painted")

        return paint(engine, image, brush, reported)

    def wrapped_note(keys: Any) -> None:
        hit("row written, not committed")
        note_ended(keys)

    job_lifecycle.claim, run_job.paint_master, job_lifecycle.note_ended = wrapped_claim, wrapped_paint, wrapped_note
    for owner, name, step in (
        (LeaseKeeper, "check", "lease kept"),
        (run_job, "_remove_leftovers", "leftovers removed"),
        (run_job, "engine_for", "engine open"),
        (run_job, "read_photo", "photo read"),
        (run_job, "paint_master", "painted"),
        (run_job, "finish", "finished"),
        (job_lifecycle, "succeed", "committed"),
    ):
        _after(owner, name, lambda step=step: hit(step))
    _wrap_storage(hit, ("master", "result", "thumbnail"))


def _wrap_upload(hit: _Trigger) -> None:
    from stylizer import enqueue
    from stylizer.models import Stylization

    _wrap_storage(hit, ("photo", "before"))
    _after(enqueue, "store_photo", lambda: hit("photo's row made"))
    _after(Stylization, "save", lambda: hit("job's row made, not committed"))
    _after(enqueue, "_make_jobs", lambda: hit("job committed, not answered"))


def _wrap_storage(hit: _Trigger, kinds: tuple[str, ...]) -> None:
    from django.core.files.storage import FileSystemStorage

    save = FileSystemStorage._save

    def wrapped(self: FileSystemStorage, name: str, content: Any) -> str:
        kind = next((kind for kind in kinds if os.path.basename(name).startswith(kind)), "")
        if kind and hit.fault.step == f"{kind} half written":
            path = Path(self.path(name))
            path.parent.mkdir(parents=True, exist_ok=True)
            whole = content.read()
            path.write_bytes(whole[: len(whole) // 2])
            hit(hit.fault.step)
            path.unlink()  # the group is killed a little later: nothing but the moment was wanted
            content.seek(0)
        stored = save(self, name, content)
        if kind:
            hit(f"{kind} stored")
        return stored

    FileSystemStorage._save = wrapped


def _poison(name: str) -> None:
    from stylizer import run_job

    paint = run_job._paint

    def wrapped(job: Any, *arguments: Any) -> None:
        if job.photo.name == name:
            sys.stderr.write(f"{name} is read\n")
            os.kill(os.getpid(), signal.SIGSEGV)
        paint(job, *arguments)

    run_job._paint = wrapped


def _shift_clock(seconds: float) -> None:
    from datetime import timedelta

    from django.utils import timezone

    real = timezone.now
    timezone.now = lambda: real() + timedelta(seconds=seconds)
    with suppress(ImportError):
        from django_q import cluster  # noqa: F401  # loaded before the first task, so that all ask the same clock
