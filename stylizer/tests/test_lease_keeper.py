"""A lease is renewed beside the work, however long one stage of it takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from mlcore.errors import Cancelled
from stylizer import job_lifecycle
from stylizer.lease_keeper import LeaseKeeper
from stylizer.models import Stylization

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def job(alice: User, queue_photo: Callable[..., Stylization], settings) -> Stylization:
    settings.EASEL_LEASE_SECONDS = 60
    queue_photo(alice)
    claim = job_lifecycle.claim("worker")
    assert claim is not None
    settings.EASEL_LEASE_SECONDS = 0.03  # renewed every hundredth of a second
    return claim


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def test_it_renews_while_nothing_is_reported(job: Stylization) -> None:
    def lease_end():
        return Stylization.objects.get().lease_expires_at

    with LeaseKeeper(job):
        first = lease_end()
        wait_until(lambda: lease_end() != first)
        second = lease_end()
        wait_until(lambda: lease_end() > second)
    stopped = lease_end()
    threads = [thread.name for thread in threading.enumerate()]
    assert f"lease {job.pk}" not in threads, "it ends with the work"
    assert lease_end() == stopped


@pytest.mark.parametrize("taken_by", ["its owner", "another worker", "deletion"])
def test_the_work_is_stopped_when_the_job_is_taken_away(job: Stylization, taken_by: str) -> None:
    with LeaseKeeper(job) as keeper:
        keeper.report(0.1)
        if taken_by == "its owner":
            assert job_lifecycle.cancel(job)
        elif taken_by == "deletion":
            Stylization.objects.all().delete()
        else:
            Stylization.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1), lease_token=None)
        with pytest.raises(Cancelled):
            wait_until(lambda: keeper.report(0.2) is not None)
    assert not Stylization.objects.filter(progress=20).exists()


def test_progress_is_written_now_and_then_and_at_the_end(job: Stylization, monkeypatch) -> None:
    monkeypatch.setattr("stylizer.lease_keeper.PROGRESS_INTERVAL", 3600)

    def progress() -> int:
        return Stylization.objects.get().progress

    with LeaseKeeper(job) as keeper:
        keeper._reported_at = -1e9
        keeper.report(0.25)
        assert progress() == 25
        keeper.report(0.5)
        assert progress() == 25, "too soon after the last"
        keeper.report(1)
        assert progress() == 99, "100 is for a result that can be seen"
