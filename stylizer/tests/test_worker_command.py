"""What ``manage.py qcluster`` does beside painting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from stylizer import job_lifecycle
from stylizer.heartbeat import worker_name
from stylizer.management.commands.qcluster import leave_to_others, look_for_lost_jobs, stand_in
from stylizer.models import Style, Stylization, WorkerHeartbeat
from stylizer.tasks import paint_next
from stylizer.tests.queue_messages import clusters_of, forget_messages, messages

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_messages() -> None:
    forget_messages()


def live(queue: str) -> None:
    now = timezone.now()
    WorkerHeartbeat.objects.create(worker=f"{queue}:1", queue=queue, started_at=now, beat_at=now)


def test_the_queue_is_chosen_by_a_setting_alone() -> None:
    with pytest.raises(CommandError, match="EASEL_QUEUE=cpu, gpu or long"):
        call_command("qcluster", name="easel-gpu")


def test_a_worker_of_another_queue_sweeps_where_nobody_runs_the_schedules(settings) -> None:
    settings.EASEL_QUEUE = "gpu"
    live("gpu")
    stand_in()
    assert clusters_of("stylizer.tasks.sweep") == ["easel-gpu"]


@pytest.mark.parametrize(("own", "other"), [("gpu", "cpu"), ("cpu", "gpu")])
def test_and_not_where_somebody_does(settings, own: str, other: str) -> None:
    settings.EASEL_QUEUE = own
    live(own)
    live(other)
    stand_in()
    assert messages() == []


def test_jobs_of_dead_workers_are_brought_back_and_their_queue_is_woken(
    alice: User, queue_photo: Callable[..., Stylization]
) -> None:
    job = queue_photo(alice)
    job_lifecycle.claim("dead:1:2")
    forget_messages()
    look_for_lost_jobs()
    assert messages() == [], "its lease still runs"
    Stylization.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    look_for_lost_jobs()
    job.refresh_from_db()
    assert job.status == "queued"
    assert clusters_of("stylizer.tasks.paint_next") == ["easel"]


def test_a_worker_with_nothing_to_do_finds_jobs_whose_message_was_lost(
    alice: User, queue_photo: Callable[..., Stylization], settings
) -> None:
    settings.EASEL_QUEUE, settings.EASEL_WORKERS = "gpu", 1
    live("gpu")
    live("cpu")
    job = queue_photo(alice)
    forget_messages()
    look_for_lost_jobs()
    assert messages() == [], "it is for others"
    Stylization.objects.update(queue="gpu")
    look_for_lost_jobs()
    assert clusters_of("stylizer.tasks.paint_next") == ["easel-gpu"]
    forget_messages()
    Stylization.objects.filter(pk=queue_photo(alice).pk).update(queue="gpu")
    assert job_lifecycle.claim(worker_name(), ["gpu"]) == job
    forget_messages()
    look_for_lost_jobs()
    assert messages() == [], "its one process paints already"
    settings.EASEL_WORKERS = 3
    look_for_lost_jobs()
    assert clusters_of("stylizer.tasks.paint_next") == ["easel-gpu"], "one waits, and two could paint"


def test_a_line_without_messages_is_painted_to_its_end(
    alice: User, noise: Style, queue_photo: Callable[..., Stylization], settings
) -> None:
    """Messages of another queue's workers, of a Redis that was emptied or of a worker that was killed are gone."""
    settings.EASEL_WORKERS = 1
    for _ in range(4):
        queue_photo(alice, style=noise)
    forget_messages()
    look_for_lost_jobs()
    for left in (3, 2, 1, 0):
        assert messages() == ["stylizer.tasks.paint_next"]
        forget_messages()  # the worker takes it
        assert paint_next()
        assert Stylization.objects.filter(status="queued").count() == left
    assert messages() == []


def test_what_waits_is_left_to_others_when_a_worker_stops(
    alice: User, queue_photo: Callable[..., Stylization], settings
) -> None:
    settings.EASEL_QUEUE = "gpu"
    Stylization.objects.filter(pk=queue_photo(alice).pk).update(queue="gpu")
    forget_messages()
    leave_to_others()
    assert messages() == [], "there are no others"
    live("cpu")
    leave_to_others()
    assert clusters_of("stylizer.tasks.paint_next") == ["easel"]
