"""The page of a job: what it says while one waits, and what one can do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from stylizer import job_lifecycle
from stylizer.models import Stylization
from stylizer.tests.traces import named_files, stored_files, wake_messages

Queue = Callable[..., Stylization]


def page(client: Client, job: Stylization, rest: str = "") -> str:
    response = client.get(f"/stylizations/{job.pk}/{rest}")
    assert response.status_code == 200
    return response.content.decode()


def claimed() -> Stylization:
    job = job_lifecycle.claim("worker")
    assert job is not None
    return job


def test_waiting_tells_the_place(as_alice: Client, alice: User, charlie: User, queue_photo: Queue) -> None:
    queue_photo(charlie)
    job = queue_photo(alice)
    for rest in ("", "status/"):
        assert "Number 2 in the queue" in page(as_alice, job, rest)
    claimed()
    assert "Next in the queue" in page(as_alice, job)


def test_painting_tells_the_progress(as_alice: Client, alice: User, queue_photo: Queue) -> None:
    queue_photo(alice)
    job = claimed()
    job_lifecycle.renew(job, progress=42)
    for rest in ("", "status/"):
        text = page(as_alice, job, rest)
        assert "Painting" in text
        assert "42%" in text
        assert 'value="42"' in text


def test_the_fragment_is_polled_until_the_end_and_then_the_page_is_loaded(
    as_alice: Client, alice: User, queue_photo: Queue, finish
) -> None:
    job = queue_photo(alice)
    address = f"/stylizations/{job.pk}/status/"
    waiting = as_alice.get(address)
    assert f'hx-get="{address}"' in waiting.content.decode()
    assert "HX-Refresh" not in waiting.headers
    assert "<html" not in waiting.content.decode()
    assert 'http-equiv="refresh"' in page(as_alice, job), "without scripts the page loads itself"
    finish(job)
    done = as_alice.get(address)
    assert done.headers["HX-Refresh"] == "true"
    assert "hx-get" not in done.content.decode()
    assert 'http-equiv="refresh"' not in page(as_alice, job)


def test_the_result_page_shows_before_and_after(as_alice: Client, alices_job: Stylization) -> None:
    text = page(as_alice, alices_job)
    assert f'src="/stylizations/{alices_job.pk}/files/before/"' in text
    assert f'src="/stylizations/{alices_job.pk}/files/result/?v={alices_job.result_version}"' in text
    chosen = "strength=1.0&amp;keep_colors=false&amp;format=jpeg&amp;quality=95"
    assert f'href="/stylizations/{alices_job.pk}/finished/?{chosen}&amp;download=1"' in text
    assert f"/stylizations/{alices_job.pk}/keep/" in text
    assert f"/gallery/save/{alices_job.pk}/" in text
    assert f"/studio/?from={alices_job.pk}" in text


def test_a_failure_tells_its_reason_as_text(as_alice: Client, alice: User, queue_photo: Queue) -> None:
    queue_photo(alice)
    job = claimed()
    job_lifecycle.fail(job, "code", "It needs <b>too much</b> memory.")
    assert "It needs &lt;b&gt;too much&lt;/b&gt; memory." in page(as_alice, job)


def test_cancelling(as_alice: Client, alice: User, queue_photo: Queue) -> None:
    waiting = queue_photo(alice)
    response = as_alice.post(f"/stylizations/{waiting.pk}/cancel/", follow=True)
    assert "You cancelled this painting." in response.content.decode()
    queue_photo(alice)
    running = claimed()
    as_alice.post(f"/stylizations/{running.pk}/cancel/")
    assert list(Stylization.objects.values_list("status", flat=True)) == ["cancelled", "cancelled"]
    again = as_alice.post(f"/stylizations/{running.pk}/cancel/", follow=True)
    assert "This painting had ended already." in again.content.decode()


def test_trying_again_queues_and_wakes(
    as_alice: Client, alice: User, queue_photo: Queue, django_capture_on_commit_callbacks
) -> None:
    job = queue_photo(alice)
    job_lifecycle.cancel(job)
    with django_capture_on_commit_callbacks(execute=True):
        as_alice.post(f"/stylizations/{job.pk}/retry/")
    job.refresh_from_db()
    assert job.status == "queued"
    assert wake_messages() == 1
    with django_capture_on_commit_callbacks(execute=True):
        response = as_alice.post(f"/stylizations/{job.pk}/retry/", follow=True)
    assert "Only a failed or cancelled painting can be tried again." in response.content.decode()
    assert wake_messages() == 1


@pytest.mark.parametrize("state", ["queued", "running", "succeeded", "failed", "cancelled"])
def test_deleting_removes_the_row_and_its_files(
    as_alice: Client, alice: User, queue_photo: Queue, finish, django_capture_on_commit_callbacks, state: str
) -> None:
    staying = finish(queue_photo(alice))
    job = queue_photo(alice)
    if state in ("running", "failed"):
        job = claimed()
    if state == "succeeded":
        finish(job)
    if state == "failed":
        job_lifecycle.fail(job, "code", "Reason.")
    if state == "cancelled":
        job_lifecycle.cancel(job)
    with django_capture_on_commit_callbacks(execute=True):
        response = as_alice.post(f"/stylizations/{job.pk}/delete/", follow=True)
    assert "Deleted." in response.content.decode()
    assert list(Stylization.objects.all()) == [staying]
    assert stored_files() == named_files()


def test_files_stay_while_the_deletion_is_not_certain(as_alice: Client, alices_job: Stylization) -> None:
    before = stored_files()
    as_alice.post(f"/stylizations/{alices_job.pk}/delete/")  # its transaction has not been committed here
    assert stored_files() == before


def test_deleting_while_it_is_painted_leaves_nothing(
    as_alice: Client, alice: User, noise, queue_photo: Queue, django_capture_on_commit_callbacks, monkeypatch
) -> None:
    from stylizer.run_job import run_job

    queue_photo(alice, style=noise)
    job = claimed()
    succeed = job_lifecycle.succeed

    def delete_then_succeed(held: Stylization) -> bool:
        with django_capture_on_commit_callbacks(execute=True):
            as_alice.post(f"/stylizations/{held.pk}/delete/")
        return succeed(held)

    monkeypatch.setattr(job_lifecycle, "succeed", delete_then_succeed)
    assert run_job(job) is False
    assert not Stylization.objects.exists()
    assert stored_files() == named_files()


def test_the_result_page_leads_to_the_other_styles_and_to_another_photo(
    as_alice: Client, alices_job: Stylization, make_style
) -> None:
    make_style("tree", b"another file")
    make_style("secret", b"a third file", is_published=False)
    text = page(as_alice, alices_job)
    assert f"/studio/?from={alices_job.pk}&amp;style=tree" in text
    for slug in ("waves", "secret"):
        assert f"style={slug}" not in text
    assert f'data-previews="/photos/{alices_job.photo_id}/previews/"' in text
    assert f"/studio/?like={alices_job.pk}" in text


def test_the_same_choices_for_another_photo(
    as_alice: Client, as_charlie: Client, alice: User, queue_photo: Queue, make_style
) -> None:
    make_style("tree", b"another file", position=1)
    job = queue_photo(alice, strength=0.3, keep_colors=True, brush=2.0, format="WEBP", quality=70, size=1024)
    form = as_alice.get(f"/studio/?like={job.pk}").context["form"]
    assert form.initial == {
        "style": "waves",
        "size_mode": "pixels",
        "size": 1024,
        "strength": 0.3,
        "keep_colors": "on",
        "stroke": 1.0,
        "format": "webp",
        "quality": 70,
    }
    assert str(job.photo_id) not in as_alice.get(f"/studio/?like={job.pk}").content.decode()
    assert as_charlie.get(f"/studio/?like={job.pk}").context["form"].initial == {}
    assert as_alice.get("/studio/?like=nonsense").context["form"].initial == {}
