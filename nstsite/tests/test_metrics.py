"""What a monitoring system reads, and who else does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from stylizer import engine_cache
from stylizer.models import Status, Style, Stylization, WorkerHeartbeat
from stylizer.tasks import paint_next

pytestmark = pytest.mark.django_db
TOKEN = "a-long-token-of-the-monitoring-system"


@pytest.fixture
def queued_job(alice: User, queue_photo: Callable[..., Stylization]) -> Stylization:
    return queue_photo(alice)


@pytest.fixture
def scraped(anyone: Client, settings):
    settings.EASEL_METRICS_TOKEN = TOKEN

    def scrape() -> dict[tuple[str, ...], float]:
        response = anyone.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert response.status_code == 200
        return {
            (sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(response.content.decode())
            for sample in family.samples
        }

    return scrape


@pytest.mark.parametrize("shown", ["", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer é"])
def test_nobody_reads_them_without_the_token(anyone: Client, as_bob: Client, settings, shown: str) -> None:
    settings.EASEL_METRICS_TOKEN = TOKEN
    for client in (anyone, as_bob):
        response = client.get("/metrics", headers={"Authorization": shown} if shown else {})
        assert response.status_code == 401
        assert b"easel_" not in response.content


def test_without_a_token_set_there_are_none(anyone: Client) -> None:
    assert anyone.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_the_queue_in_numbers(scraped, queued_job: Stylization) -> None:
    Stylization.objects.filter(pk=queued_job.pk).update(created_at=timezone.now() - timedelta(seconds=90))
    WorkerHeartbeat.objects.create(worker="here:1", queue="gpu", started_at=timezone.now(), beat_at=timezone.now())
    WorkerHeartbeat.objects.create(
        worker="gone:1", started_at=timezone.now(), beat_at=timezone.now() - timedelta(minutes=30)
    )
    values = scraped()
    # Labels in the order of their names: queue, status.
    assert (values["easel_jobs", "cpu", "queued"], values["easel_jobs", "gpu", "queued"]) == (1, 0)
    assert values["easel_jobs", "cpu", "running"] == 0
    assert 90 <= values["easel_oldest_waiting_seconds",] < 150
    assert (values["easel_workers_alive", "gpu"], values["easel_workers_silent", "gpu"]) == (1, 0)
    assert (values["easel_workers_alive", "cpu"], values["easel_workers_silent", "cpu"]) == (0, 1)
    assert values["easel_styles_published",] == 1


def test_what_ended_lately_by_style_engine_and_reason(
    scraped, alice: User, queue_photo: Callable[..., Stylization], queued_job: Stylization
) -> None:
    ended = {"finished_at": timezone.now(), "engine": "native", "precision": "float32"}
    done = Stylization.objects.filter(pk=queued_job.pk)
    done.update(status=Status.SUCCEEDED, seconds=2.5, result_width=1000, result_height=500, **ended)
    for code in ("out_of_memory", "out_of_memory", "timed_out"):
        failed = Stylization.objects.filter(pk=queue_photo(alice).pk)
        failed.update(status=Status.FAILED, error_code=code, finished_at=timezone.now())
    Stylization.objects.filter(error_code="timed_out").update(finished_at=timezone.now() - timedelta(hours=1))
    values = scraped()
    labels = ("native", "float32", "succeeded", "waves")  # in the order of the labels' names
    assert values["easel_recent_jobs", *labels] == 1
    assert values["easel_recent_job_seconds", *labels] == 2.5
    assert values["easel_recent_megapixels", *labels] == 0.5
    assert values["easel_recent_failures", "out_of_memory"] == 2
    assert ("easel_recent_failures", "timed_out") not in values, "an hour ago"


def test_how_often_a_style_was_in_a_workers_memory(
    scraped, alice: User, noise: Style, queue_photo: Callable[..., Stylization]
) -> None:
    assert (scraped()["easel_engine_uses_total", "hit"], scraped()["easel_engine_uses_total", "miss"]) == (0, 0)
    engine_cache._open.cache_clear()
    for _ in range(3):
        queue_photo(alice, style=noise)
        assert paint_next() is not None
    assert (scraped()["easel_engine_uses_total", "hit"], scraped()["easel_engine_uses_total", "miss"]) == (2, 1)


def test_their_cost_does_not_grow_with_the_queue(scraped, queued_job, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(7):
        scraped()
