"""Painting many photos: several at a time, what is done already not again, and nothing half written."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from easel_client.choices import Choices
from easel_client.client import Easel
from easel_client.errors import EaselError, NotAuthenticated, NotFound
from easel_client.jobs import LONGEST_PREFER
from easel_client.models import Job
from easel_client.painting_plan import Painting


class Progress(Protocol):
    """Is told what becomes of the paintings, from several threads."""

    def done(self, painting: Painting) -> None:
        """It lies where it belongs."""

    def skipped(self, painting: Painting) -> None:
        """It was there already."""

    def failed(self, painting: Painting, reason: str) -> None:
        """It could not be made."""


def paint_all(
    easel: Easel,
    paintings: Sequence[Painting],
    choices: Choices,
    *,
    jobs: int,
    wait: float,
    overwrite: bool,
    progress: Progress,
) -> None:
    """Make every painting that is not there yet, ``jobs`` at a time; one that fails keeps no other from being made.

    Args:
        easel: the server.
        paintings: what to make.
        choices: for all of them.
        jobs: how many at a time.
        wait: seconds that each may take.
        overwrite: make those that are there again.
        progress: is told.

    Raises:
        NotAuthenticated: the token is none. No more is sent then.
    """
    stop = threading.Event()

    def make(painting: Painting) -> None:
        if stop.is_set():
            return
        if painting.output.exists() and not overwrite:
            progress.skipped(painting)
            return
        try:
            _paint(easel, painting, choices, wait, anew=overwrite)
        except NotAuthenticated:
            stop.set()
            raise
        except (EaselError, OSError) as error:
            progress.failed(painting, str(error))
        else:
            progress.done(painting)

    with ThreadPoolExecutor(max_workers=jobs) as pool:
        try:
            for _ in pool.map(make, paintings):
                pass
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def idempotency_key(content: bytes, name: str, style: str, choices: Choices) -> str:
    """Return the key of a painting: whoever asks for the same again gets the job that was made for it before."""
    facts = json.dumps([name, style, dict(choices)], sort_keys=True).encode()
    return f"easel-command-{hashlib.sha256(hashlib.sha256(content).digest() + facts).hexdigest()}"


def _paint(easel: Easel, painting: Painting, choices: Choices, wait: float, *, anew: bool) -> None:
    key = idempotency_key(painting.photo.read_bytes(), painting.photo.name, painting.style, choices)
    job = _job(easel, painting, choices, str(uuid.uuid4()) if anew else key)
    _write(painting.output, lambda: easel.jobs.picture(easel.jobs.wait(job, wait).id))


def _job(easel: Easel, painting: Painting, choices: Choices, key: str) -> Job:
    """Return the job of a painting: a new one, or of an earlier run the one that was broken off or has failed."""
    job = easel.jobs.create(painting.photo, painting.style, idempotency_key=key, prefer_wait=LONGEST_PREFER, **choices)
    if not job.replayed:
        return job
    try:
        job = easel.jobs.get(job.id)  # the repeated answer tells how it was then
        return easel.jobs.retry(job.id) if job.status in ("failed", "cancelled") else job
    except NotFound:  # somebody deleted it
        return easel.jobs.create(painting.photo, painting.style, prefer_wait=LONGEST_PREFER, **choices)


def _write(path: Path, content: Callable[[], bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        beside.write_bytes(content())
        beside.replace(path)  # at once: a file under its name is a whole one
    finally:
        beside.unlink(missing_ok=True)
