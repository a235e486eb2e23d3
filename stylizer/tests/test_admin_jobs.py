"""The administration of jobs: to look at, cancel and try again; the pictures stay their owners' own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gallery.models import Artwork
from stylizer import job_lifecycle
from stylizer.models import Stylization
from stylizer.tests.traces import stored_files, wake_messages

JOBS = "/admin/stylizer/stylization/"


@pytest.fixture
def one_of_each(alice: User, queue_photo: Callable[..., Stylization], finish) -> dict[str, Stylization]:
    jobs = {"succeeded": finish(queue_photo(alice))}
    for status in ("failed", "running"):
        queue_photo(alice)
        jobs[status] = job_lifecycle.claim("worker")
    job_lifecycle.fail(jobs["failed"], "out_of_memory", "Too <large>.")
    jobs |= {status: queue_photo(alice) for status in ("cancelled", "queued")}
    job_lifecycle.cancel(jobs["cancelled"])
    return jobs


def act(client: Client, action: str, jobs: dict[str, Stylization]) -> str:
    data = {"action": action, "_selected_action": [str(job.pk) for job in jobs.values()]}
    return client.post(JOBS, data, follow=True).content.decode()


def statuses(jobs: dict[str, Stylization]) -> dict[str, str]:
    now = dict(Stylization.objects.values_list("pk", "status"))
    return {before: now[job.pk] for before, job in jobs.items()}


def test_the_list_and_each_job_can_be_looked_at(as_bob: Client, one_of_each) -> None:
    page = as_bob.get(JOBS).content.decode()
    for job in one_of_each.values():
        assert str(job.pk) in page
        detail = as_bob.get(f"{JOBS}{job.pk}/change/").content.decode()
        assert "/files/" not in detail, "no picture of a member is shown"
    failed = as_bob.get(f"{JOBS}{one_of_each['failed'].pk}/change/").content.decode()
    assert "Too &lt;large&gt;." in failed
    for search in ("alice", str(one_of_each["failed"].pk)):
        assert as_bob.get(JOBS, {"q": search}).status_code == 200
    filtered = as_bob.get(JOBS, {"status__exact": "failed"}).content.decode()
    assert str(one_of_each["failed"].pk) in filtered
    assert str(one_of_each["queued"].pk) not in filtered


def test_cancelling(as_bob: Client, one_of_each) -> None:
    assert "2 cancelled." in act(as_bob, "cancel_jobs", one_of_each)
    assert statuses(one_of_each) == {
        "succeeded": "succeeded",
        "failed": "failed",
        "cancelled": "cancelled",
        "queued": "cancelled",
        "running": "cancelled",
    }


def test_trying_again(as_bob: Client, one_of_each, django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assert "2 queued again." in act(as_bob, "try_jobs_again", one_of_each)
    assert statuses(one_of_each) == {
        "succeeded": "succeeded",
        "failed": "queued",
        "cancelled": "queued",
        "queued": "queued",
        "running": "running",
    }
    assert wake_messages() == 2


def test_jobs_are_neither_made_nor_changed_nor_deleted_here(as_bob: Client, one_of_each) -> None:
    job = one_of_each["succeeded"]
    before, files = Stylization.objects.values().get(pk=job.pk), stored_files()
    assert as_bob.get(f"{JOBS}add/").status_code == 403
    assert as_bob.post(f"{JOBS}{job.pk}/delete/", {"post": "yes"}).status_code == 403
    as_bob.post(f"{JOBS}{job.pk}/change/", {"status": "failed", "owner": "1", "size": "5"})
    act(as_bob, "delete_selected", one_of_each)
    assert Stylization.objects.values().get(pk=job.pk) == before
    assert stored_files() == files


def test_queries_do_not_grow_with_the_list(as_bob: Client, alice: User, queue_photo) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as context:
            assert as_bob.get(JOBS).status_code == 200
        return len(context)

    queue_photo(alice)
    as_bob.get(JOBS)
    few = queries()
    for _ in range(5):
        queue_photo(alice)
    assert queries() == few


def test_staff_can_rename_an_artwork_and_neither_take_nor_withdraw_it(
    as_bob: Client, alice: User, alices_artwork: Artwork
) -> None:
    Artwork.objects.update(is_public=True)
    address = f"/admin/gallery/artwork/{alices_artwork.pk}/change/"
    assert as_bob.get(address).status_code == 200
    assert as_bob.post(address, {"title": "Renamed", "owner": "1"}).status_code == 302
    alices_artwork.refresh_from_db()
    assert (alices_artwork.is_public, alices_artwork.title, alices_artwork.owner) == (True, "Renamed", alice)
