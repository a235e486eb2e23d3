"""The simulation claims and finishes real rows, tells how many, and leaves the database as it was."""

from __future__ import annotations

import io
import re

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from stylizer import queue_simulation
from stylizer.models import Photo, Status, Style, Stylization

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_claims_finishes_and_takes_everything_away() -> None:
    told = io.StringIO()
    call_command("simulate_queue", workers=2, users=3, queued=6, history=9, seconds=1, stdout=told)
    assert int(re.findall(r"([\d,]+) jobs a minute", told.getvalue())[0].replace(",", "")) > 0
    assert "6 waiting of 3 people, 9 finished, 2 workers" in told.getvalue()
    for model in (Stylization, Photo, Style, User):
        assert not model.objects.exists()


def test_as_many_wait_in_the_end_as_in_the_beginning() -> None:
    queue_simulation.fill(users=2, queued=4, history=0)
    outcome = queue_simulation.work(workers=1, seconds=1, per_minute=0)
    assert len(outcome.jobs) == Stylization.objects.filter(status=Status.SUCCEEDED).count() > 0
    assert Stylization.objects.filter(status=Status.QUEUED).count() == 4


def test_a_database_with_real_jobs_is_left_alone(alice: User, queue_photo) -> None:
    job = queue_photo(alice)
    with pytest.raises(CommandError, match="has jobs of its own"):
        call_command("simulate_queue")
    job.refresh_from_db()
    assert job.status == Status.QUEUED
