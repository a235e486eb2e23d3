"""Alive and ready: what a service manager and a load balancer are told, and what strangers are not."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from nstsite.health import forget_answer
from stylizer.heartbeat import MISSED_AFTER
from stylizer.models import WorkerHeartbeat
from stylizer.tests.traces import stored_files

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _asked_anew() -> Iterator[None]:
    forget_answer()
    yield
    forget_answer()


@pytest.fixture
def worker() -> WorkerHeartbeat:
    now = timezone.now()
    return WorkerHeartbeat.objects.create(worker="host:1", started_at=now, beat_at=now)


def test_a_site_with_a_worker_is_ready(anyone: Client, worker: WorkerHeartbeat) -> None:
    response = anyone.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "ready": True,
        "checks": {"database": "ok", "queue": "ok", "storage": "ok", "worker": "ok"},
    }
    assert "no-store" in response["Cache-Control"]
    assert stored_files() == set(), "the probe is gone"


def test_a_worker_that_is_silent_for_long_does_not_count(anyone: Client, worker: WorkerHeartbeat) -> None:
    WorkerHeartbeat.objects.update(beat_at=timezone.now() - MISSED_AFTER - timedelta(seconds=1))
    response = anyone.get("/readyz")
    assert response.status_code == 503
    assert int(response["Retry-After"]) > 0
    assert response.json()["checks"]["worker"] == "failed"
    assert anyone.get("/healthz").status_code == 200, "this process lives all the same"


def test_a_storage_that_takes_nothing_is_named_and_its_path_is_not(
    anyone: Client, worker: WorkerHeartbeat, caplog: pytest.LogCaptureFixture
) -> None:
    media = Path(settings.MEDIA_ROOT)
    media.parent.mkdir(parents=True, exist_ok=True)
    blocked = media / "probes"
    media.mkdir(exist_ok=True)
    blocked.write_text("a file where a folder should be")
    try:
        response = anyone.get("/readyz")
    finally:
        blocked.unlink()
    assert response.status_code == 503
    assert response.json()["checks"] == {"database": "ok", "queue": "ok", "storage": "failed", "worker": "ok"}
    assert str(media) not in response.content.decode()
    assert "not ready: storage" in caplog.text, "the log says why"


def test_asking_all_day_writes_little(anyone: Client, worker: WorkerHeartbeat) -> None:
    anyone.get("/readyz")
    WorkerHeartbeat.objects.all().delete()
    with connection.execute_wrapper(_refuse):
        assert anyone.get("/readyz").json()["ready"] is True, "the answer of a moment ago"


def _refuse(*arguments: object) -> None:
    raise AssertionError(f"asked the database: {arguments[1]}")


def test_neither_is_sent_to_https(anyone: Client, settings, worker: WorkerHeartbeat) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert [anyone.get(f"/{name}").status_code for name in ("healthz", "readyz", "gallery/")] == [200, 200, 301]


def test_the_probe_is_an_ordinary_private_file(anyone: Client, worker: WorkerHeartbeat) -> None:
    anyone.get("/readyz")
    folder = Path(settings.MEDIA_ROOT) / "probes"
    assert stat.S_ISDIR(folder.stat().st_mode)
    assert anyone.get("/media/probes/probe").status_code == 404
