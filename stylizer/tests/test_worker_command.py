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
from stylizer.management.commands.qcluster import Command
from stylizer.models import Stylization, WorkerHeartbeat
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
    Command()._stand_in()
    assert clusters_of("stylizer.tasks.sweep") == ["easel-gpu"]


@pytest.mark.parametrize(("own", "other"), [("gpu", "cpu"), ("cpu", "gpu")])
def test_and_not_where_somebody_does(settings, own: str, other: str) -> None:
    settings.EASEL_QUEUE = own
    live(own)
    live(other)
    Command()._stand_in()
    assert messages() == []


def test_jobs_of_dead_workers_are_brought_back_and_their_queue_is_woken(
    alice: User, queue_photo: Callable[..., Stylization]
) -> None:
    job = queue_photo(alice)
    job_lifecycle.claim("dead:1:2")
    forget_messages()
    Command()._look_for_lost_jobs()
    assert messages() == [], "its lease still runs"
    Stylization.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    Command()._look_for_lost_jobs()
    job.refresh_from_db()
    assert job.status == "queued"
    assert clusters_of("stylizer.tasks.paint_next") == ["easel"]


def test_a_worker_with_nothing_to_do_finds_jobs_whose_message_was_lost(
    alice: User, queue_photo: Callable[..., Stylization], settings
) -> None:
    settings.EASEL_QUEUE = "gpu"
    live("gpu")
    live("cpu")
    job = queue_photo(alice)
    forget_messages()
    Command()._look_for_lost_jobs()
    assert messages() == [], "it is for others"
    Stylization.objects.update(queue="gpu")
    Command()._look_for_lost_jobs()
    assert clusters_of("stylizer.tasks.paint_next") == ["easel-gpu"]
    forget_messages()
    Stylization.objects.filter(pk=queue_photo(alice).pk).update(queue="gpu")
    assert job_lifecycle.claim(worker_name(), ["gpu"]) == job
    forget_messages()
    Command()._look_for_lost_jobs()
    assert messages() == [], "it paints already, and whoever is next has a message of their own"


def test_what_waits_is_left_to_others_when_a_worker_stops(
    alice: User, queue_photo: Callable[..., Stylization], settings
) -> None:
    settings.EASEL_QUEUE = "gpu"
    Stylization.objects.filter(pk=queue_photo(alice).pk).update(queue="gpu")
    forget_messages()
    Command()._leave_to_others()
    assert messages() == [], "there are no others"
    live("cpu")
    Command()._leave_to_others()
    assert clusters_of("stylizer.tasks.paint_next") == ["easel"]
