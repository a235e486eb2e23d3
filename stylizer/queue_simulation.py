"""The queue without painting: real claims and real results in a database made for it, to see where it gives out."""

from __future__ import annotations

import itertools
import multiprocessing
import random
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.queues import Queue

from django.contrib.auth.models import User
from django.db import connection, connections
from django.db.models import QuerySet
from django.utils import timezone
from django_q.brokers import get_broker

from stylizer import job_lifecycle
from stylizer.models import Photo, Status, Style, Stylization

PREFIX = "queue-simulation-"
"""Of the names of its accounts; its style's slug, too."""
_BATCH = 2000


@dataclass(frozen=True)
class Taken:
    """What one job took of the database, in milliseconds."""

    arrive: float
    claim: float
    finish: float
    """Renewing the lease once, and recording the result."""


@dataclass(frozen=True)
class Outcome:
    """What some seconds of work came to."""

    seconds: float
    jobs: list[Taken]

    @property
    def per_minute(self) -> float:
        """Jobs that came and went, a minute."""
        return 60 * len(self.jobs) / self.seconds

    def milliseconds(self, step: str, share: float = 0.5) -> float:
        """Return the time of a step of :class:`Taken` below which that share of the jobs lies."""
        times = sorted(getattr(job, step) for job in self.jobs)
        return float(times[min(len(times) - 1, int(share * len(times)))]) if times else 0.0


def fill(users: int, queued: int, history: int) -> None:
    """Make accounts, finished jobs of the last month and waiting ones, each spread evenly over the accounts."""
    User.objects.bulk_create(
        [User(username=f"{PREFIX}{number}", password="!") for number in range(users)],  # noqa: S106  # nobody's
        batch_size=_BATCH,
    )
    owners = list(_owners())
    now = timezone.now()
    style = Style(slug=PREFIX.strip("-"), name="Simulation", artist="Nobody", licence="none", is_published=False)
    style.preview_width = style.preview_height = 1
    style.save()
    Photo.objects.bulk_create([_photo(owner) for owner in owners], batch_size=_BATCH)
    photos = list(Photo.objects.filter(owner__in=_owners()).order_by("owner"))
    draw = random.Random(1)  # noqa: S311  # no secret

    def rows() -> Iterator[Stylization]:
        for number in range(history):
            photo, start = photos[number % users], now - timedelta(seconds=draw.uniform(60, 2_600_000))
            yield _job(photo, style, status=Status.SUCCEEDED, started_at=start, finished_at=start, seconds=1.0)
        for number in range(queued):
            yield _job(photos[number % users], style)

    _create(rows())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def remove() -> None:
    """Take away what :func:`fill` and the workers made."""
    Stylization.objects.filter(owner__in=_owners()).delete()
    Photo.objects.filter(owner__in=_owners()).delete()
    Style.objects.filter(slug=PREFIX.strip("-")).delete()
    _owners().delete()


def work(workers: int, seconds: float, per_minute: float) -> Outcome:
    """Let processes claim, finish and add jobs, so that as many wait in the end as in the beginning.

    Args:
        per_minute: what arrives, of all workers together; 0: as much as they can.
    """
    connections.close_all()  # no two processes may share one
    context = multiprocessing.get_context("fork")
    results: Queue[list[Taken]] = context.Queue()
    pause = 60 * workers / per_minute if per_minute else 0.0
    processes = [context.Process(target=_work, args=(number, seconds, pause, results)) for number in range(workers)]
    start = time.monotonic()
    for process in processes:
        process.start()
    jobs = [job for _ in processes for job in results.get()]
    took = time.monotonic() - start
    for process in processes:
        process.join()
    return Outcome(took, jobs)


def message_milliseconds(count: int = 200) -> float:
    """Return what waking a worker takes of the broker: a message sent, taken and acknowledged."""
    broker = get_broker()
    times = []
    for number in range(count):
        start = time.perf_counter()
        broker.enqueue(f"queue simulation {number}")
        for key, _ in broker.dequeue() or []:
            broker.acknowledge(key)
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def _work(number: int, seconds: float, pause: float, results: Queue[list[Taken]]) -> None:
    draw = random.Random(number)  # noqa: S311  # no secret
    photos = list(Photo.objects.filter(owner__in=_owners()).only("pk", "owner"))
    style = Style.objects.get(slug=PREFIX.strip("-"))
    taken: list[Taken] = []
    start, end = time.monotonic(), time.monotonic() + seconds
    while (now := time.monotonic()) < end:
        if pause and (early := start + len(taken) * pause - now) > 0:
            time.sleep(min(early, end - now))
            continue
        clock = [time.perf_counter()]
        _job(draw.choice(photos), style).save(force_insert=True)
        clock.append(time.perf_counter())
        job = job_lifecycle.claim(f"simulation {number}")
        clock.append(time.perf_counter())
        if job is None:
            continue
        job_lifecycle.renew(job, progress=50)
        job.master.name = job.result.name = job.thumbnail.name = "none"
        job.result_width = job.result_height = job.thumbnail_width = job.thumbnail_height = 1
        job_lifecycle.succeed(job)
        clock.append(time.perf_counter())
        taken.append(Taken(*(1000 * (after - before) for before, after in itertools.pairwise(clock))))
    connections.close_all()
    results.put(taken)


def _owners() -> QuerySet[User]:
    return User.objects.filter(username__startswith=PREFIX).order_by("pk")


def _photo(owner: User) -> Photo:
    facts = {"width": 1, "height": 1, "before_width": 1, "before_height": 1, "byte_size": 1, "sha256": "0" * 64}
    return Photo(owner=owner, name="none", file="none", before="none", **facts)


def _job(photo: Photo, style: Style, **values: object) -> Stylization:
    return Stylization(owner_id=photo.owner_id, style=style, photo=photo, size=512, **values)


def _create(rows: Iterator[Stylization]) -> None:
    batch: list[Stylization] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            Stylization.objects.bulk_create(batch)
            batch.clear()
    Stylization.objects.bulk_create(batch)
