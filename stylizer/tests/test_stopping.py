"""A worker that is told to stop begins nothing new, and hands back what it cannot finish in time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User

from mlcore.errors import Cancelled
from stylizer import job_lifecycle, stopping
from stylizer.lease_keeper import LeaseKeeper
from stylizer.models import Style, Stylization
from stylizer.tasks import paint_next
from stylizer.tests.traces import wake_messages


@pytest.fixture(autouse=True)
def _goes_on_afterwards(settings) -> Iterator[None]:
    settings.EASEL_STOP_SECONDS = 600
    yield
    stopping._asked_at.value = 0


@pytest.mark.django_db(transaction=True)
def test_a_job_in_work_is_handed_back_at_no_cost_and_another_worker_is_woken(
    alice: User, queue_photo: Callable[..., Stylization], settings
) -> None:
    queue_photo(alice)
    job = job_lifecycle.claim("one")
    assert job is not None
    before = wake_messages()
    with LeaseKeeper(job) as keeper:
        keeper.check()
        assert stopping.ask_to_stop()
        assert not stopping.ask_to_stop(), "it knows"
        keeper.check()  # there is time left
        settings.EASEL_STOP_SECONDS = 0
        assert keeper._lost.wait(100)
        with pytest.raises(Cancelled):
            keeper.report(0.5)
    assert f"lease {job.pk}" not in [thread.name for thread in threading.enumerate()]
    left = Stylization.objects.get()
    assert (left.status, left.attempts, left.lease_token, left.worker) == ("queued", 0, None, "")
    assert wake_messages() == before + 1
    assert not job_lifecycle.succeed(job), "it is another's now"


@pytest.mark.django_db(transaction=True)
def test_one_that_ends_in_time_is_kept(alice: User, noise: Style, queue_photo: Callable[..., Stylization]) -> None:
    queue_photo(alice, style=noise)
    job = job_lifecycle.claim("one")
    assert job is not None
    stopping.ask_to_stop()
    with LeaseKeeper(job):
        assert job_lifecycle.succeed(job)
    assert not job_lifecycle.hand_back(job)


@pytest.mark.django_db
def test_nothing_new_is_begun_and_the_message_goes_to_another(
    alice: User, queue_photo: Callable[..., Stylization], django_capture_on_commit_callbacks
) -> None:
    queue_photo(alice)
    before = wake_messages()
    stopping.ask_to_stop()
    with django_capture_on_commit_callbacks(execute=True):
        assert paint_next() is None
    assert Stylization.objects.get().status == "queued"
    assert wake_messages() == before + 1
