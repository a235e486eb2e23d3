"""Workers take turns between people: nobody waits for somebody else's whole pile."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from stylizer import job_lifecycle
from stylizer.models import Stylization

pytestmark = pytest.mark.django_db
Queue = Callable[..., Stylization]


def next_one() -> Stylization:
    job = job_lifecycle.claim("worker")
    assert job is not None
    return job


def test_the_oldest_goes_first_for_one_person(alice: User, queue_photo: Queue) -> None:
    queued = [queue_photo(alice).pk for _ in range(3)]
    assert [next_one().pk for _ in range(3)] == queued


def test_five_photos_of_one_do_not_hold_up_the_one_of_another(alice: User, charlie: User, queue_photo: Queue) -> None:
    for _ in range(5):
        queue_photo(alice)
    queue_photo(charlie)
    served = []
    for _ in range(6):
        job = next_one()
        served.append(job.owner)
        assert job_lifecycle.succeed(job)
    assert served == [alice, charlie, alice, alice, alice, alice]


def test_two_piles_are_served_in_turns(alice: User, charlie: User, queue_photo: Queue) -> None:
    for owner in (alice, alice, alice, charlie, charlie, charlie):
        queue_photo(owner)
    served = []
    for _ in range(6):
        job = next_one()
        served.append(job.owner)
        assert job_lifecycle.succeed(job)
    assert served == [alice, charlie] * 3


def test_who_has_fewer_running_goes_first(alice: User, charlie: User, queue_photo: Queue) -> None:
    queue_photo(alice)
    next_one()  # and it goes on
    queue_photo(charlie)
    job_lifecycle.succeed(next_one())
    for owner in (alice, charlie):
        queue_photo(owner)
    assert next_one().owner == charlie, "though Alice was served longer ago"
