"""A painting is fetched finished in any way, and found, tried again, kept and deleted by programs."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from PIL import Image

from stylizer import job_lifecycle
from stylizer.finishing import chosen_finishing, finish_again
from stylizer.models import Batch, Photo, Style, Stylization
from stylizer.tests.traces import wake_messages

JOBS, BATCHES = "/api/v1/stylizations/", "/api/v1/batches/"
Queue = Callable[..., Stylization]


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ({"format": "png"}, "PNG"),
        ({"format": "webp", "quality": "40"}, "WEBP"),
        ({"strength": "0.25", "keep_colors": "true"}, "JPEG"),
        ({"quality": "10", "download": "true"}, "JPEG"),
    ],
)
def test_any_finishing(alices_program: Client, alices_job: Stylization, query: dict[str, str], kind: str) -> None:
    address = f"{JOBS}{alices_job.pk}/result/"
    response = alices_program.get(address, query)
    assert response.headers["Content-Type"] == f"image/{kind.lower()}"
    content = response.getvalue()
    with Image.open(io.BytesIO(content)) as image:
        assert (image.format, image.size) == (kind, (alices_job.result_width, alices_job.result_height))
    download = "download" in query
    assert content == finish_again(alices_job, chosen_finishing(alices_job, query), camera_exif=download).content
    assert ("Content-Disposition" in response.headers) is download
    etag = response.headers["ETag"]
    assert alices_program.get(address, query, headers={"If-None-Match": etag}).status_code == 304
    part = alices_program.get(address, query, headers={"Range": "bytes=5-14", "If-Range": etag})
    assert (part.status_code, part.getvalue()) == (206, content[5:15])
    alices_job.refresh_from_db()
    assert alices_job.format == "JPEG", "looking changes nothing"


def test_the_stored_result_where_nothing_else_is_asked_for(alices_program: Client, alices_job: Stylization) -> None:
    with alices_job.result.open("rb") as file:
        stored = file.read()
    for query in ({}, {"format": "jpeg"}, {"strength": "1", "unknown": "x"}):
        assert alices_program.get(f"{JOBS}{alices_job.pk}/result/", query).getvalue() == stored


@pytest.mark.parametrize("query", [{"format": "gif"}, {"quality": "0"}, {"strength": "2"}, {"download": "perhaps"}])
def test_finishing_that_cannot_be(alices_program: Client, alices_job: Stylization, query: dict[str, str]) -> None:
    response = alices_program.get(f"{JOBS}{alices_job.pk}/result/", query)
    assert (response.status_code, response.json()["error"]["code"]) == (400, f"{next(iter(query))}_invalid")


def test_a_painting_from_before_there_were_masters(alices_program: Client, alices_job: Stylization) -> None:
    Stylization.objects.update(master="")
    address = f"{JOBS}{alices_job.pk}/result/"
    assert alices_program.get(address).getvalue()
    assert alices_program.get(address, {"download": "1"}).getvalue()
    response = alices_program.get(address, {"format": "png"})
    assert (response.status_code, response.json()["error"]["code"]) == (409, "no_master")


def test_keeping_another_finishing(alices_program: Client, alices_job: Stylization, alice: User, queue_photo) -> None:
    before = alices_program.get(f"{JOBS}{alices_job.pk}/result/")
    assert before.getvalue()
    for data in ({"data": {"format": "png"}}, {"data": {"strength": 0.5}, "content_type": "application/json"}):
        response = alices_program.post(f"{JOBS}{alices_job.pk}/keep/", **data)
        assert response.status_code == 200
    assert (response.json()["format"], response.json()["strength"]) == ("png", 0.5)
    after = alices_program.get(f"{JOBS}{alices_job.pk}/result/")
    assert after.headers["Content-Type"] == "image/png"
    assert after.headers["ETag"] != before.headers["ETag"]
    assert after.getvalue()
    waiting = alices_program.post(f"{JOBS}{queue_photo(alice).pk}/keep/", {"strength": "0.5"})
    assert (waiting.status_code, waiting.json()["error"]["code"]) == (409, "not_finished")


def test_the_thumbnail(alices_program: Client, alices_job: Stylization, alice: User, queue_photo: Queue) -> None:
    address = alices_program.get(f"{JOBS}{alices_job.pk}/").json()["thumbnail_url"]
    with Image.open(io.BytesIO(alices_program.get(address).getvalue())) as image:
        assert image.format == "WEBP"
    assert alices_program.get(f"{JOBS}{queue_photo(alice).pk}/thumbnail/").status_code == 404


def test_filters(alices_program: Client, alice: User, queue_photo: Queue, make_style, alices_job: Stylization) -> None:
    other = make_style("other")
    batch = Batch.objects.create(owner=alice, name="b")
    second = queue_photo(alice, style=other)
    Stylization.objects.filter(pk=second.pk).update(batch=batch)
    for query, found in (
        ({"status": "succeeded"}, [alices_job]),
        ({"status": ["queued", "succeeded"]}, [second, alices_job]),
        ({"style": "other"}, [second]),
        ({"batch": str(batch.pk)}, [second]),
        ({"photo": str(second.photo_id)}, [second]),
        ({"created_after": second.created_at.isoformat()}, [second]),
        ({"created_before": second.created_at.isoformat()}, [alices_job]),
        ({"style": "none"}, []),
    ):
        results = alices_program.get(JOBS, query).json()["results"]
        assert [job["id"] for job in results] == [str(job.pk) for job in found], query


@pytest.mark.parametrize(
    "query",
    [
        {"status": "x"},
        {"style": "\0"},
        {"batch": "x"},
        {"photo": "\0"},
        {"created_after": "yesterday"},
        {"created_after": "9999-12-31T23:59:59-23:00"},
        {"created_before": "0001-01-01T00:00:00+23:00"},
    ],
    ids=str,
)
def test_filters_that_cannot_be(alices_program: Client, query: dict[str, str]) -> None:
    response = alices_program.get(JOBS, query)
    assert response.status_code == 400
    assert response.json()["error"]["fields"].keys() == query.keys()


def test_trying_again(
    alices_program: Client, alice: User, queue_photo: Queue, django_capture_on_commit_callbacks
) -> None:
    queue_photo(alice)
    job = job_lifecycle.claim("worker")
    assert job is not None
    job_lifecycle.fail(job, "code", "Reason.")
    with django_capture_on_commit_callbacks(execute=True):
        response = alices_program.post(f"{JOBS}{job.pk}/retry/")
    assert (response.status_code, response.json()["status"]) == (200, "queued")
    assert wake_messages() == 1
    again = alices_program.post(f"{JOBS}{job.pk}/retry/")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "not_failed")
    job_lifecycle.cancel(job)
    Style.objects.update(is_published=False)
    gone = alices_program.post(f"{JOBS}{job.pk}/retry/")
    assert (gone.status_code, gone.json()["error"]["code"]) == (409, "style_not_offered")


@pytest.mark.parametrize("state", ["queued", "running", "succeeded"])
def test_deleting(alices_program: Client, alice: User, queue_photo: Queue, finish, state: str) -> None:
    job = queue_photo(alice)
    if state == "running":
        job_lifecycle.claim("worker")
    elif state == "succeeded":
        finish(job)
    assert alices_program.delete(f"{JOBS}{job.pk}/").status_code == 204
    assert alices_program.get(f"{JOBS}{job.pk}/").status_code == 404
    assert not Photo.objects.exists()


def test_a_whole_batch(alices_program: Client, alice: User, queue_photo: Queue, finish, leaves_no_trace) -> None:
    batch = Batch.objects.create(owner=alice, name="three")
    address = f"{BATCHES}{batch.pk}/"
    for act in (finish, lambda _: job_lifecycle.fail(job_lifecycle.claim("worker"), "code", "Reason."), lambda _: None):
        job = queue_photo(alice)
        Stylization.objects.filter(pk=job.pk).update(batch=batch)
        act(job)
    (listed,) = alices_program.get(BATCHES).json()["results"]
    assert listed["counts"] == {"queued": 1, "running": 0, "succeeded": 1, "failed": 1, "cancelled": 0}
    assert listed["is_finished"] is False
    detail = alices_program.get(address).json()
    assert {job["batch"] for job in detail.pop("stylizations")} == {str(batch.pk)}
    assert detail == listed
    zipped = alices_program.get(f"{address}zip/")
    assert zipped.headers["Content-Type"] == "application/zip"
    assert zipped.getvalue()[:2] == b"PK"
    assert alices_program.post(f"{address}retry/").json()["counts"]["queued"] == 2
    assert alices_program.post(f"{address}retry/").json()["error"]["code"] == "not_failed"
    cancelled = alices_program.post(f"{address}cancel/").json()
    assert (cancelled["counts"]["cancelled"], cancelled["is_finished"]) == (2, True)
    assert alices_program.post(f"{address}cancel/").json()["error"]["code"] == "already_finished"
    assert alices_program.delete(address).status_code == 204
    assert alices_program.get(address).status_code == 404
    assert not Stylization.objects.exists()


def test_nothing_to_zip(alices_program: Client, alice: User) -> None:
    batch = Batch.objects.create(owner=alice, name="empty")
    response = alices_program.get(f"{BATCHES}{batch.pk}/zip/")
    assert (response.status_code, response.json()["error"]["code"]) == (409, "nothing_painted")
    assert alices_program.delete(f"{BATCHES}{batch.pk}/").status_code == 204
    assert not Batch.objects.exists()


def test_a_style_s_preview(anyone: Client, style: Style) -> None:
    response = anyone.get("/api/v1/styles/waves/preview/")
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["Cache-Control"].startswith("public")
    etag = response.headers["ETag"]
    assert response.getvalue()
    assert anyone.get("/api/v1/styles/waves/preview/", headers={"If-None-Match": etag}).status_code == 304
