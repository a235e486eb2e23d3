"""How long it will take, from how long it took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from django.conf import settings
from django.db.models import Max

from stylizer.heartbeat import living_processes
from stylizer.models import Queue, Status, Style, Stylization
from stylizer.paint_choices import painted_pixels
from stylizer.queues import served_by

SAMPLE = 20
"""Recent results a speed is measured from."""
RECENT = 200
"""Recent results, of every style, among which those of one are looked for."""
_WORK = ("size", "brush", "strength", "photo__width", "photo__height")
"""What says how many pixels are to paint."""
_MEASURED = ("style_id", "engine", "precision", "seconds", "size", "brush", "photo__width", "photo__height")
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Line:
    """The jobs that wait or are in work as they stand now, read once to answer for any number of them."""

    def __init__(self) -> None:
        self._lines: dict[frozenset[str], list[Stylization]] = {}
        self._places: dict[frozenset[str], dict[object, int]] = {}

    def place(self, job: Stylization) -> int | None:
        """Return 1 for the job that its workers claim next; ``None`` when it does not wait.

        As workers choose: people take turns, so that one with many photos does not keep the others waiting. Somebody
        who comes later may still go first.
        """
        if job.status != Status.QUEUED:
            return None
        beside = self._beside(job)
        if beside not in self._places:
            self._places[beside] = {job.pk: place for place, job in enumerate(self._queued_in(beside), start=1)}
        return self._places[beside].get(job.pk)

    def eta_seconds(self, job: Stylization) -> int | None:
        """Return the seconds until the result, or ``None`` when nothing was measured yet or the job has ended."""
        if not job.is_active or (own := self._seconds_to_do(job)) is None:
            return None
        before: list[Stylization] = []
        if (place := self.place(job)) is not None:
            beside = self._beside(job)
            before = [
                *(other for other in self._running if other.queue in beside),
                *self._queued_in(beside)[: place - 1],
            ]
        ahead = sum(self._seconds_to_do(other) or 0.0 for other in before)
        return max(1, round(own + ahead / self._processes_for(job)))

    def eta_of_all(self, jobs: Iterable[Stylization]) -> int | None:
        """Return the seconds until the last of ``jobs`` has ended, or ``None`` when that is not known."""
        return max((eta for job in jobs if (eta := self.eta_seconds(job)) is not None), default=None)

    def _beside(self, job: Stylization) -> frozenset[str]:
        """Return the queues that the job's workers take from: its own and those that nobody serves, or all."""
        return served_by(job.queue, self._living) if job.queue in self._living else frozenset(Queue.values)

    def _processes_for(self, job: Stylization) -> int:
        return self._living[job.queue] or self._living.total() or int(settings.EASEL_WORKERS)

    def _seconds_to_do(self, job: Stylization) -> float | None:
        speed = self._speeds.of(job.style)
        return None if speed is None else speed * job.painted_pixels * (100 - job.progress) / 100 / 1e6

    @cached_property
    def _active(self) -> list[Stylization]:
        return list(
            Stylization.objects.active()
            .order_by("created_at", "pk")
            .select_related("photo", "style")
            .only("status", "queue", "progress", "created_at", "owner", *_WORK, "style__engine", "style__precision")
        )

    @cached_property
    def _running(self) -> list[Stylization]:
        return [job for job in self._active if job.status == Status.RUNNING]

    def _queued_in(self, queues: frozenset[str]) -> list[Stylization]:
        """The jobs that wait in ``queues``, as job_lifecycle.next_in_line() orders them while each claim changes it."""
        if queues not in self._lines:
            rounds: Counter[int] = Counter(job.owner_id for job in self._running)
            keys = {}
            waiting = [job for job in self._active if job.status == Status.QUEUED and job.queue in queues]
            for job in waiting:
                served = self._served.get(job.owner_id) or _NEVER
                keys[job.pk] = (rounds[job.owner_id], served, job.created_at, job.pk)
                rounds[job.owner_id] += 1
            self._lines[queues] = sorted(waiting, key=lambda job: keys[job.pk])
        return self._lines[queues]

    @cached_property
    def _served(self) -> dict[int, datetime | None]:
        """When each of those who wait was served last."""
        owners = {job.owner_id for job in self._active}
        return dict(
            Stylization.objects.filter(owner__in=owners, started_at__isnull=False)
            .order_by()
            .values_list("owner")
            .annotate(last=Max("started_at"))
        )

    @cached_property
    def _living(self) -> Counter[str]:
        return living_processes()

    @cached_property
    def _speeds(self) -> Speeds:
        return Speeds()


class _Painted(NamedTuple):
    """What is known of a result, in the order of _MEASURED."""

    style_id: int
    engine: str
    precision: str
    seconds: float
    size: int | None
    brush: float
    width: int
    height: int


class Speeds:
    """Seconds a megapixel, from the latest results: those of the style in the engine that paints in it now, else of the
    same engine in other styles, else of all."""

    def __init__(self) -> None:
        # Before there were masters nothing was painted at strength 0, so the time says nothing.
        painted = Stylization.objects.filter(status=Status.SUCCEEDED, seconds__isnull=False)
        painted = painted.exclude(strength=0, master="")
        # Rows and no objects, for each browser that waits asks for them every few seconds.
        self._recent = [_Painted(*row) for row in painted.order_by("-finished_at").values_list(*_MEASURED)[:RECENT]]
        self._known: dict[tuple[object, ...], float | None] = {}

    def of(self, style: Style) -> float | None:
        """Return the seconds a megapixel takes in ``style``, or ``None`` when nothing was painted yet."""
        engine = (style.engine, style.precision)
        key = (style.pk, *engine)
        if key not in self._known:
            self._known[key] = (
                self._mean(lambda job: job.style_id == style.pk and (job.engine, job.precision) == engine)
                or self._mean(lambda job: bool(style.engine) and (job.engine, job.precision) == engine)
                or self._mean(lambda job: True)
            )
        return self._known[key]

    def _mean(self, counts: Callable[[_Painted], bool]) -> float | None:
        jobs = list(islice(filter(counts, self._recent), SAMPLE))
        pixels = sum(painted_pixels(job.size, job.brush, job.width, job.height) for job in jobs)
        return sum(job.seconds for job in jobs) / (pixels / 1e6) if pixels else None
