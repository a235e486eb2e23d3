"""The API's jobs: made, looked at, cancelled and fetched, in the shapes that programs were promised."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from stylizer import job_lifecycle
from stylizer.models import Style, Stylization
from stylizer.tasks import paint_next
from stylizer.tests import pictures

JOBS = "/api/v1/stylizations/"
KEYS = {
    *("id", "url", "events_url", "status", "progress", "photo", "style", "batch"),
    *("size", "strength", "keep_colors", "brush", "format", "quality", "thumbnail_url"),
    *("result_url", "result_width", "result_height"),
    *("error", "attempts", "place", "eta_seconds", "created_at", "started_at", "finished_at", "seconds"),
}
Queue = Callable[..., Stylization]


def post(program: Client, **data: object):
    return program.post(JOBS, {"photo": SimpleUploadedFile("p.jpg", pictures.jpeg()), "style": "waves"} | data)


def look(program: Client, job: Stylization) -> dict[str, object]:
    return program.get(f"{JOBS}{job.pk}/").json()


@pytest.mark.parametrize(("sent", "size"), [({"size": "64"}, 64), ({"size": "original"}, "original"), ({}, 512)])
def test_a_job_is_accepted(alices_program: Client, alice: User, style: Style, sent, size) -> None:
    response = post(alices_program, **sent)
    assert response.status_code == 202
    answer = response.json()
    job = Stylization.objects.get()
    assert answer.keys() == KEYS
    assert answer["id"] == str(job.pk)
    assert answer["url"] == response.headers["Location"] == f"http://testserver{JOBS}{job.pk}/"
    assert (answer["status"], answer["progress"], answer["style"], answer["size"]) == ("queued", 0, "waves", size)
    assert (answer["result_url"], answer["error"], answer["place"]) == (None, None, 1)
    assert (job.owner, job.size) == (alice, None if size == "original" else size)
    assert look(alices_program, job) == answer


def test_from_photo_to_painting(alices_program: Client, noise: Style) -> None:
    url = post(alices_program, style="noise", size="64").json()["url"]
    assert paint_next() is not None
    answer = alices_program.get(url).json()
    assert (answer["status"], answer["progress"], answer["attempts"], answer["error"]) == ("succeeded", 100, 1, None)
    assert (answer["result_width"], answer["result_height"], answer["place"]) == (64, 48, None)
    assert answer["seconds"] > 0
    start, end = (datetime.fromisoformat(answer[name]) for name in ("started_at", "finished_at"))
    assert start < end
    assert answer["result_url"] == f"{url}result/"
    response = alices_program.get(answer["result_url"])
    assert response.headers["Content-Type"] == "image/jpeg"
    with Image.open(io.BytesIO(response.getvalue())) as image:
        assert (image.format, image.size) == ("JPEG", (64, 48))


def test_every_status_as_programs_see_it(alices_program: Client, alice: User, queue_photo: Queue, finish) -> None:
    done = finish(queue_photo(alice))
    queue_photo(alice)
    failed = job_lifecycle.claim("worker")
    job_lifecycle.fail(failed, "out_of_memory", "Too large.")
    queue_photo(alice)
    running = job_lifecycle.claim("worker")
    job_lifecycle.renew(running, progress=40)
    queued, cancelled = queue_photo(alice), queue_photo(alice)
    job_lifecycle.cancel(cancelled)
    for job, status, progress, error in (
        (queued, "queued", 0, None),
        (running, "running", 40, None),
        (done, "succeeded", 100, None),
        (failed, "failed", 0, {"code": "out_of_memory", "detail": "Too large."}),
        (cancelled, "cancelled", 0, None),
    ):
        answer = look(alices_program, job)
        assert answer.keys() == KEYS
        assert (answer["status"], answer["progress"], answer["error"]) == (status, progress, error)
        assert (answer["result_url"] is not None) is (status == "succeeded")
        picture = alices_program.get(f"{JOBS}{job.pk}/result/", headers={"accept": "image/jpeg"})
        assert picture.status_code == (200 if status == "succeeded" else 404)
        assert (picture.getvalue()[:2] == b"\xff\xd8") is (status == "succeeded")


def test_jobs_are_listed_newest_first_and_only_ones_own(
    alices_program: Client, alice: User, charlie: User, queue_photo: Queue
) -> None:
    mine = [str(queue_photo(alice).pk) for _ in range(3)]
    queue_photo(charlie)
    answer = alices_program.get(JOBS).json()
    assert answer.keys() == {"next", "previous", "results"}
    assert (answer["next"], answer["previous"]) == (None, None)
    assert [job["id"] for job in answer["results"]] == mine[::-1]
    assert all(job.keys() == KEYS for job in answer["results"])
    assert [job["place"] for job in answer["results"]] == [4, 3, 1], "Charlie takes his turn after one of hers"


def test_cancelling(alices_program: Client, alice: User, queue_photo: Queue) -> None:
    for claim in (False, True):
        job = queue_photo(alice)
        if claim:
            job_lifecycle.claim("worker")
        response = alices_program.post(f"{JOBS}{job.pk}/cancel/")
        assert (response.status_code, response.json()["status"]) == (200, "cancelled")
        again = alices_program.post(f"{JOBS}{job.pk}/cancel/")
        assert again.status_code == 409
        assert again.json()["error"] == {
            "code": "already_finished",
            "detail": "This job has ended already.",
            "fields": {},
        }


def test_nobody_learns_whether_a_job_of_somebody_else_exists(
    alices_job: Stylization, charlie: User, program: Callable[[User], Client]
) -> None:
    client = program(charlie)
    for verb, rest in (("get", ""), ("get", "result/"), ("post", "cancel/")):
        theirs, nobodys = (getattr(client, verb)(f"{JOBS}{pk}/{rest}") for pk in (alices_job.pk, uuid.uuid4()))
        assert theirs.status_code == nobodys.status_code == 404
        assert theirs.json() == nobodys.json()


def test_the_catalog(anyone: Client, make_style: Callable[..., Style]) -> None:
    make_style("second", position=2, year="1889", description="Swirls.")
    make_style("first", position=1)
    make_style("secret", is_published=False)
    answer = anyone.get("/api/v1/styles/").json()
    assert answer.keys() == {"next", "previous", "results"}
    assert [style["slug"] for style in answer["results"]] == ["first", "second"]
    style = answer["results"][1]
    words = {"slug", "name", "artist", "year", "licence", "source", "description"}
    assert style.keys() == words | {"preview_url", "engine"}
    assert (style["name"], style["year"], style["description"]) == ("Second", "1889", "Swirls.")
    assert style["preview_url"].startswith("http://testserver/api/v1/styles/second/preview/")
    preview = anyone.get(style["preview_url"])
    assert preview.getvalue() == pictures.jpeg(64, 48)
    assert anyone.get("/api/v1/styles/second/").json() == style
    assert anyone.get("/api/v1/styles/secret/").status_code == 404
