"""What staff see of how the server is doing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from stylizer import job_lifecycle
from stylizer.models import Stylization, WorkerHeartbeat

DASHBOARD = "/admin/dashboard/"


@pytest.fixture(autouse=True)
def _no_memory(db: None) -> None:
    cache.clear()


def text(client: Client, **headers: str) -> str:
    response = client.get(DASHBOARD, headers=headers)
    assert response.status_code == 200
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def test_it_is_for_staff(anyone: Client, as_charlie: Client, as_bob: Client) -> None:
    assert anyone.get(DASHBOARD).url.startswith("/admin/login/")
    assert as_charlie.get(DASHBOARD, follow=True).status_code == 404
    assert as_bob.get(DASHBOARD).status_code == 200
    assert as_bob.post(DASHBOARD).status_code == 405
    assert f'href="{DASHBOARD}"' in as_bob.get("/admin/").content.decode()


def test_a_server_at_rest(as_bob: Client) -> None:
    page = text(as_bob)
    for words in ("0 waiting", "0 painted", "None failed.", "No worker has been heard of", "There are none."):
        assert words in page
    assert "Somebody waits" not in page


def test_a_busy_server(as_bob: Client, alice: User, alices_job: Stylization, queue_photo) -> None:
    Stylization.objects.filter(pk=alices_job.pk).update(seconds=1.5, result_width=2000, result_height=1000)
    failed = queue_photo(alice)
    claimed = job_lifecycle.claim("here:9:7")
    assert claimed == failed
    job_lifecycle.fail(claimed, "out_of_memory", "Too <large>.")
    queue_photo(alice)
    assert job_lifecycle.claim("here:8:17")
    waiting = queue_photo(alice)
    Stylization.objects.filter(pk=waiting.pk).update(created_at=timezone.now() - timedelta(minutes=5, seconds=1))
    now = timezone.now()
    for name, ago in (("here:8", 10), ("here:9", 20), ("there:1", 600)):
        beat_at = now - timedelta(seconds=ago)
        WorkerHeartbeat.objects.create(worker=name, started_at=now - timedelta(hours=3), beat_at=beat_at)
    page = text(as_bob)
    for words in (
        *("1 waiting", "1 in work", "The oldest waits for 5 minutes", "1 painted", "2.0 megapixels"),
        *(
            "half of them within 1.5 s",
            "1 failed",
            "Too &lt;large&gt;.",
            "painting in Waves</span> here:8, CPU queue, 1 at once",
        ),
        *("waits</span> here:9", "silent</span> there:1", "up for 3 hours", "Photos", "Engine cache"),
    ):
        assert words in page, words
    assert "Somebody waits and no worker" not in page


def test_nobody_paints(as_bob: Client, alice: User, queue_photo) -> None:
    queue_photo(alice)
    assert "Somebody waits and no worker has been heard of." in text(as_bob)


def test_what_is_long_ago_does_not_count(as_bob: Client, alices_job: Stylization) -> None:
    Stylization.objects.update(finished_at=timezone.now() - timedelta(hours=2))
    page = text(as_bob)
    assert page.index("0 painted") < page.index("Last day") < page.index("1 painted")


def test_the_part_that_changes_comes_alone(as_bob: Client) -> None:
    part = text(as_bob, **{"HX-Request": "true"})
    assert part.startswith("<div id=")
    assert "<html" not in part


def test_queries_do_not_grow_with_the_jobs(as_bob: Client, alice: User, queue_photo) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as context:
            text(as_bob)
        return len(context)

    queue_photo(alice)
    queries()
    few = queries()
    for _ in range(4):
        job = queue_photo(alice)
        Stylization.objects.filter(pk=job.pk).update(status="failed", finished_at=timezone.now())
    assert queries() == few <= 15
