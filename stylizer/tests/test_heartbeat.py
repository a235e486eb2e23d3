"""Workers note that they live, and are forgotten when they are gone."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from django.utils import timezone

from stylizer import heartbeat
from stylizer.models import WorkerHeartbeat

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _leads_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "_leader", "")


def test_a_beat_says_what_the_worker_is_for_and_since_when_it_runs(settings) -> None:
    settings.EASEL_QUEUE, settings.EASEL_WORKERS = "gpu", 3
    heartbeat.lead()
    heartbeat.beat()
    first = WorkerHeartbeat.objects.get()
    assert first.worker.endswith(f":{os.getpid()}")
    assert (first.queue, first.processes) == ("gpu", 3)
    WorkerHeartbeat.objects.update(beat_at=first.beat_at - timedelta(minutes=1))
    heartbeat.beat()
    later = WorkerHeartbeat.objects.get()
    assert later.beat_at >= first.beat_at
    assert later.started_at == first.started_at
    assert heartbeat.living_processes() == {"gpu": 3}


def test_one_that_has_stopped_is_heard_of_and_serves_nothing() -> None:
    heartbeat.lead()
    heartbeat.beat()
    heartbeat.stop_beating()
    assert heartbeat.living_processes() == {}
    assert heartbeat.was_heard_of(), "which a restart needs"


def test_a_worker_that_is_started_again_under_the_same_name_begins_anew() -> None:
    heartbeat.lead()
    heartbeat.beat()
    long_ago = timezone.now() - timedelta(days=3)
    WorkerHeartbeat.objects.update(started_at=long_ago)
    heartbeat.beat()
    assert WorkerHeartbeat.objects.get().started_at == long_ago
    heartbeat.beat(is_first=True)
    assert WorkerHeartbeat.objects.get().started_at > long_ago


def test_processes_are_named_after_the_worker_that_forked_them(monkeypatch) -> None:
    heartbeat.lead()
    leader = heartbeat.leader_name()
    monkeypatch.setattr(os, "getpid", lambda: 17)
    assert heartbeat.worker_name() == f"{leader}:17"
    assert heartbeat.worker_of(heartbeat.worker_name()) == heartbeat.leader_name() == leader


def test_those_count_that_were_heard_of_in_the_last_minute() -> None:
    now = timezone.now()
    for name, queue, processes, ago in (
        *(("a:1", "cpu", 2, 0), ("b:1", "cpu", 3, 30), ("c:1", "gpu", 1, 10), ("d:1", "long", 4, 70)),
        *(("e:1", "cpu", 8, 120), ("before the clock was put back:1", "long", 2, -3600)),
    ):
        WorkerHeartbeat.objects.create(
            worker=name, queue=queue, processes=processes, started_at=now, beat_at=now - timedelta(seconds=ago)
        )
    assert heartbeat.living_processes() == {"cpu": 5, "gpu": 1}


def test_who_is_silent_for_long_is_forgotten() -> None:
    for name, minutes in (("gone:1", 61), ("quiet:2", 59), ("of another clock:3", -60)):
        now = timezone.now()
        WorkerHeartbeat.objects.create(worker=name, started_at=now, beat_at=now - timedelta(minutes=minutes))
    assert heartbeat.forget_silent_workers() == 2
    assert WorkerHeartbeat.objects.get().worker == "quiet:2"
