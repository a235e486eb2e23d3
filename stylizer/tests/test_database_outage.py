"""A database that is out of reach for a moment costs no painting: its end is written down when it is back."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError

from stylizer import job_lifecycle, outage
from stylizer.lease_keeper import LeaseKeeper
from stylizer.models import Style, Stylization
from stylizer.run_job import run_job
from stylizer.tests.traces import named_files, stored_files

pytestmark = pytest.mark.django_db(transaction=True)
Queue = Callable[..., Stylization]


@pytest.fixture
def job(alice: User, noise: Style, queue_photo: Queue, settings, monkeypatch) -> Stylization:
    monkeypatch.setattr(outage, "_PAUSE", 0.01)
    queue_photo(alice, style=noise)
    job = job_lifecycle.claim("one")
    assert job is not None
    return job


class Failing:
    """A function of job_lifecycle that fails for a while, before or after it has done its work."""

    def __init__(self, name: str, monkeypatch, *, times: int, after: bool = False) -> None:
        self._real = getattr(job_lifecycle, name)
        self.left, self._after = times, after
        self.failed = threading.Event()
        monkeypatch.setattr(job_lifecycle, name, self)

    def __call__(self, *arguments, **options):
        if self.left <= 0:
            return self._real(*arguments, **options)
        if self._after:
            self._real(*arguments, **options)
        self.left -= 1
        if not self.left:
            self.failed.set()
        raise OperationalError("the connection is lost")


def assert_painted(job: Stylization) -> None:
    done = Stylization.objects.get()
    assert (done.status, done.attempts) == ("succeeded", 1)
    assert stored_files() == named_files()
    with done.result.open("rb") as file:
        assert file.read(2) == b"\xff\xd8"


def test_the_end_is_written_down_when_it_is_back(job: Stylization, monkeypatch) -> None:
    succeed = Failing("succeed", monkeypatch, times=3)
    assert run_job(job)
    assert succeed.left == 0
    assert_painted(job)


def test_an_answer_that_was_lost_after_the_commit_takes_no_result_away(job: Stylization, monkeypatch) -> None:
    Failing("succeed", monkeypatch, times=1, after=True)
    assert run_job(job)
    assert_painted(job)


def test_progress_that_cannot_be_noted_stops_no_painting(job: Stylization, monkeypatch) -> None:
    monkeypatch.setattr("stylizer.lease_keeper.PROGRESS_INTERVAL", 0)
    real = job_lifecycle.renew

    def renew(held: Stylization, *, progress: int | None = None) -> bool:
        if progress:
            raise OperationalError("the connection is lost")
        return real(held, progress=progress)

    monkeypatch.setattr(job_lifecycle, "renew", renew)
    assert run_job(job)
    assert_painted(job)


def test_the_lease_is_renewed_again_when_it_is_back(job: Stylization, settings, monkeypatch) -> None:
    settings.EASEL_LEASE_SECONDS = 0.03
    renew = Failing("renew", monkeypatch, times=3)
    with LeaseKeeper(job):
        assert renew.failed.wait(100)
        then = Stylization.objects.get().lease_expires_at
        for _ in range(10_000):
            if Stylization.objects.get().lease_expires_at != then:
                return
            threading.Event().wait(0.01)
    pytest.fail("it was not renewed")


def test_one_that_stays_away_leaves_the_job_to_its_lease(job: Stylization, settings, monkeypatch) -> None:
    settings.EASEL_LEASE_SECONDS = 0.05
    Failing("succeed", monkeypatch, times=1000)
    assert run_job(job) is False
    left = Stylization.objects.get()
    assert left.status == "running", "nobody could write down anything else"
    threading.Event().wait(0.1)
    assert job_lifecycle.reap() == 1
    monkeypatch.undo()
    again = job_lifecycle.claim("two")
    assert again is not None
    assert run_job(again)
    assert stored_files() == named_files(), "the next attempt removes what the first had stored"
