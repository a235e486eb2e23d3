"""Workers take turns between people: nobody waits for somebody else's whole pile."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from stylizer import job_lifecycle
from stylizer.models import Status, Stylization

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
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


def in_plain_words(jobs: list[Stylization]) -> list[uuid.UUID]:
    """Return the oldest waiting job of each person, in the order of people, as the definition has it."""
    heads = {}
    for job in sorted(jobs, key=lambda job: (job.created_at, job.pk)):
        if job.status == Status.QUEUED:
            heads.setdefault(job.owner_id, job)

    def turn(head: Stylization) -> tuple[object, ...]:
        own = [job for job in jobs if job.owner_id == head.owner_id]
        running = sum(job.status == Status.RUNNING for job in own)
        return running, max(job.started_at or NEVER for job in own), head.created_at, head.owner_id

    return [head.pk for head in sorted(heads.values(), key=turn)]


@pytest.mark.parametrize("seed", range(5))
def test_the_line_is_what_its_definition_says(alice: User, queue_photo: Queue, seed: int) -> None:
    draw = random.Random(seed)
    model = queue_photo(alice)
    people = [alice, *(User.objects.create_user(f"person {number}") for number in range(6))]
    now = timezone.now()
    rows = []
    for number in range(60):
        status = draw.choice(Status.values)
        started = draw.random() < (0.3 if status == Status.QUEUED else 1)  # some were brought back to the queue
        rows.append(
            Stylization(
                owner=draw.choice(people),
                style=model.style,
                photo=model.photo,
                status=status,
                started_at=now - timedelta(seconds=draw.randrange(1000)) if started else None,
                worker=str(number),
            )
        )
    Stylization.objects.bulk_create(rows)
    for row in rows:
        Stylization.objects.filter(pk=row.pk).update(created_at=now - timedelta(seconds=draw.randrange(1000)))
    line = in_plain_words(list(Stylization.objects.all()))
    assert len(line) > 3
    assert list(job_lifecycle.next_in_line()) == line
    assert next_one().pk == line[0]


def test_who_loses_the_first_to_another_worker_takes_the_next_without_asking_again(
    alice: User, charlie: User, queue_photo: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    for owner in (alice, charlie, alice):
        queue_photo(owner)
    both_saw = list(job_lifecycle.next_in_line())
    assert next_one().pk == both_saw[0]
    answers = iter([both_saw, []])
    monkeypatch.setattr(job_lifecycle, "next_in_line", lambda _queues: next(answers))
    assert next_one().owner == charlie
