"""How far a batch has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from stylizer.estimates import Line
from stylizer.models import Status, Stylization


@dataclass(frozen=True)
class JobInLine:
    """A job of a batch, with its place while it waits."""

    job: Stylization
    place: int | None


class BatchProgress:
    """Counts over the jobs of a batch, oldest first, which want ``style`` and ``photo`` selected."""

    def __init__(self, jobs: Sequence[Stylization]) -> None:
        self._jobs = jobs
        self._line = Line()

    @cached_property
    def jobs(self) -> list[JobInLine]:
        """Every job with its place in the queue."""
        return [JobInLine(job, self._line.place(job)) for job in self._jobs]

    @property
    def total(self) -> int:
        """How many jobs there are."""
        return len(self._jobs)

    @property
    def done(self) -> int:
        """How many are painted."""
        return self._count(Status.SUCCEEDED)

    @property
    def failed(self) -> int:
        """How many failed."""
        return self._count(Status.FAILED)

    @property
    def cancelled(self) -> int:
        """How many were cancelled."""
        return self._count(Status.CANCELLED)

    @property
    def is_active(self) -> bool:
        """Whether one of them still waits or is in work."""
        return any(job.is_active for job in self._jobs)

    @property
    def percent(self) -> int:
        """How much of what is not cancelled has ended, the running ones counted by their progress."""
        counted = [job for job in self._jobs if job.status != Status.CANCELLED]
        if not counted:
            return 100
        return sum(job.progress if job.is_active else 100 for job in counted) // len(counted)

    @cached_property
    def eta_seconds(self) -> int | None:
        """Seconds until the last one has ended; ``None`` when that is not known."""
        return self._line.eta_of_all(self._jobs)

    def _count(self, status: Status) -> int:
        return sum(job.status == status for job in self._jobs)
