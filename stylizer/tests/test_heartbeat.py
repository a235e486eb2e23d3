"""Workers note that they live, seldom enough, and are forgotten when they are gone."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from django.utils import timezone

from stylizer import heartbeat, tasks
from stylizer.models import WorkerHeartbeat

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _never_beaten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "_last_beat", None)


@pytest.mark.parametrize("task", [tasks.paint_next, tasks.sweep, tasks.take_in_next])
def test_every_task_beats(task) -> None:
    task()
    row = WorkerHeartbeat.objects.get()
    assert row.worker.endswith(f":{os.getpid()}")
    assert row.started_at <= row.beat_at <= timezone.now()


def test_not_more_often_than_need_be(django_assert_num_queries, monkeypatch) -> None:
    heartbeat.beat()
    first = WorkerHeartbeat.objects.get()
    with django_assert_num_queries(0):
        heartbeat.beat()
    monkeypatch.setattr(heartbeat, "INTERVAL", 0)
    heartbeat.beat()
    later = WorkerHeartbeat.objects.get()
    assert later.beat_at > first.beat_at
    assert later.started_at == first.started_at


def test_a_process_of_another_number_has_its_own_row(monkeypatch) -> None:
    heartbeat.beat()
    monkeypatch.setattr(os, "getpid", lambda: 1)
    heartbeat.beat()
    assert WorkerHeartbeat.objects.count() == 2


def test_who_is_silent_for_long_is_forgotten() -> None:
    for name, minutes in (("gone:1", 61), ("quiet:2", 59)):
        now = timezone.now()
        WorkerHeartbeat.objects.create(worker=name, started_at=now, beat_at=now - timedelta(minutes=minutes))
    assert heartbeat.forget_silent_workers() == 1
    assert WorkerHeartbeat.objects.get().worker == "quiet:2"
