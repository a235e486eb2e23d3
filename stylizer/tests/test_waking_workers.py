"""Messages only wake workers: sent when the job is certain, repeated by the sweep when lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from django_q.models import Schedule

from stylizer import job_lifecycle, tasks
from stylizer.models import Style, Stylization
from stylizer.tests import pictures
from stylizer.tests.queue_messages import forget_messages, messages
from stylizer.tests.traces import stored_files, wake_messages

Queue = Callable[..., Stylization]


@pytest.mark.django_db(transaction=True)
def test_a_message_is_sent_when_the_job_is_committed(alice: User, queue_photo: Queue) -> None:
    with transaction.atomic():
        queue_photo(alice)
        assert wake_messages() == 0, "a worker woken now would not see the job"
    assert wake_messages() == 1


@pytest.mark.django_db(transaction=True)
def test_a_job_that_is_rolled_back_wakes_nobody(alice: User, queue_photo: Queue) -> None:
    with transaction.atomic():
        queue_photo(alice)
        transaction.set_rollback(True)
    assert (Stylization.objects.count(), messages()) == (0, [])


@pytest.mark.django_db(transaction=True)
def test_a_job_that_the_database_refuses_leaves_no_files(alice: User, queue_photo: Queue) -> None:
    Style.objects.all().delete()
    before = stored_files()
    with pytest.raises(IntegrityError):
        queue_photo(alice)
    assert stored_files() == before
    assert messages() == []


@pytest.mark.django_db(transaction=True)
def test_a_queue_out_of_reach_does_not_turn_the_photo_away(as_alice: Client, style: Style, monkeypatch, caplog) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise ConnectionError("the queue is down")

    monkeypatch.setattr("stylizer.wake.async_task", unreachable)
    photo = SimpleUploadedFile("p.jpg", pictures.jpeg())
    assert as_alice.post("/studio/", {"photo": photo, "style": "waves"}).status_code == 302
    assert Stylization.objects.get().status == "queued", "the sweep will find it"
    assert "the queue is down" in caplog.text


@pytest.mark.django_db
def test_a_woken_worker_finds_nothing_to_do() -> None:
    assert tasks.paint_next() is None


@pytest.mark.django_db
def test_a_woken_worker_first_brings_back_jobs_of_dead_ones(alice: User, noise, queue_photo: Queue) -> None:
    job = queue_photo(alice, style=noise)
    job_lifecycle.claim("dead worker")
    Stylization.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    assert tasks.paint_next() == str(job.pk)
    job.refresh_from_db()
    assert (job.status, job.attempts) == ("succeeded", 2)


@pytest.mark.django_db
def test_the_sweep_wakes_workers_for_jobs_whose_message_was_lost(
    alice: User, queue_photo: Queue, settings, django_capture_on_commit_callbacks
) -> None:
    settings.EASEL_WORKERS = 2
    for waiting, sent in ((0, 0), (1, 1), (2, 2), (3, 2)):
        forget_messages()
        with django_capture_on_commit_callbacks(execute=True):
            assert tasks.sweep() == waiting
        assert wake_messages() == sent, "no more than there are workers"
        queue_photo(alice)


@pytest.mark.django_db
def test_the_sweep_requeues_jobs_of_dead_workers_and_wakes_others(
    alice: User, queue_photo: Queue, django_capture_on_commit_callbacks
) -> None:
    job = queue_photo(alice)
    job_lifecycle.claim("dead worker")
    assert tasks.sweep() == 0, "its lease still runs"
    Stylization.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    with django_capture_on_commit_callbacks(execute=True):
        assert tasks.sweep() == 1
    job.refresh_from_db()
    assert job.status == "queued"
    assert wake_messages() == 1


@pytest.mark.django_db(transaction=True)
def test_migrating_schedules_the_sweep_every_minute_for_ever() -> None:
    call_command("migrate", "stylizer", "0001", verbosity=0)
    assert not Schedule.objects.filter(func="stylizer.tasks.sweep").exists()
    call_command("migrate", verbosity=0)  # with what depends on it elsewhere, which went too
    schedule = Schedule.objects.get(func="stylizer.tasks.sweep")
    assert (schedule.schedule_type, schedule.minutes, schedule.repeats) == (Schedule.MINUTES, 1, -1)
    assert callable(tasks.sweep)


@pytest.mark.django_db
def test_messages_are_repeated_only_after_the_longest_painting(settings) -> None:
    queue = settings.Q_CLUSTER
    assert queue["timeout"] < queue["retry"]
    assert queue["max_attempts"] > 0
    assert queue.get("orm") == (None if "redis" in queue else "default")
