"""Prefer: wait gives a simple program its painting in one round trip, and never takes all threads."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.request import Request

from stylizer import job_lifecycle
from stylizer.api.prefer import preferred_wait
from stylizer.models import Style, Stylization
from stylizer.tests import pictures
from stylizer.tests.beside import worker
from stylizer.tests.painted_by_hand import paint_by_hand
from stylizer.waiting import WAITERS

JOBS, BATCHES = "/api/v1/stylizations/", "/api/v1/batches/"
really = pytest.mark.django_db(transaction=True)


def post(client: Client, address: str = JOBS, prefer: str = "wait=20", **data: object):
    photo = SimpleUploadedFile("p.jpg", pictures.jpeg(64, 48))
    return client.post(address, {"photo": photo, "style": "waves", "size": "64"} | data, headers={"Prefer": prefer})


def paint_one() -> bool:
    job = Stylization.objects.filter(status="queued").first()
    return job is not None and bool(paint_by_hand(job))


@really
def test_the_painting_in_one_round_trip(alices_program: Client, style: Style) -> None:
    with worker(paint_one):
        response = post(alices_program)
    assert response.status_code == 201
    assert response.headers["Preference-Applied"] == "wait=20"
    assert "Retry-After" not in response.headers
    answer = response.json()
    assert (answer["status"], answer["progress"]) == ("succeeded", 100)
    assert response.headers["Location"] == answer["url"]
    assert alices_program.get(answer["result_url"]).getvalue()[:2] == b"\xff\xd8"


@really
def test_a_job_that_failed_has_ended_too(alices_program: Client, style: Style) -> None:
    def fail() -> bool:
        job = job_lifecycle.claim("worker")
        return job is not None and job_lifecycle.fail(job, "code", "Reason.")

    with worker(fail):
        response = post(alices_program)
    assert (response.status_code, response.json()["status"]) == (201, "failed")
    assert response.json()["error"] == {"code": "code", "detail": "Reason."}


@really
def test_a_batch_is_waited_for_to_its_end(alices_program: Client, style: Style, make_style) -> None:
    make_style("other")
    painted = []

    def paint_both() -> bool:
        job = job_lifecycle.claim("worker")
        if job is not None:
            job_lifecycle.fail(job, "code", "Reason.")
            painted.append(job)
        return len(painted) == 2

    with worker(paint_both):
        response = post(alices_program, BATCHES, style=["waves", "other"])
    assert (response.status_code, response.json()["is_finished"]) == (201, True)


@really
def test_in_time_or_not_at_all(alices_program: Client, style: Style, settings) -> None:
    settings.EASEL_SYNC_WAIT_SECONDS = 1
    response = post(alices_program)
    assert (response.status_code, response.json()["status"]) == (202, "queued")
    assert response.headers["Preference-Applied"] == "wait=1", "no longer than this server lets anybody wait"
    assert int(response.headers["Retry-After"]) > 0


def test_who_does_not_ask_does_not_wait(alices_program: Client, style: Style) -> None:
    for prefer in ("", "respond-async", "wait=0", "wait", "wait=soon"):
        response = post(alices_program, prefer=prefer)
        assert response.status_code == 202
        assert "Preference-Applied" not in response.headers
        assert int(response.headers["Retry-After"]) > 0


def test_where_too_many_wait_nobody_is_kept(alices_program: Client, alice: User, style: Style, settings) -> None:
    settings.EASEL_WAITING_REQUESTS = 1
    place = WAITERS.take(alice.pk)
    assert place is not None
    with place:
        response = post(alices_program)
        assert (response.status_code, "Preference-Applied" in response.headers) == (202, False)
    place.give_back()  # a second time does nothing
    again = WAITERS.take(alice.pk)
    assert again is not None
    assert WAITERS.take(alice.pk) is None
    again.give_back()


def test_refusals_do_not_wait(alices_program: Client, anyone: Client, style: Style, leaves_no_trace) -> None:
    with leaves_no_trace():
        assert post(alices_program, style="none").status_code == 400
        assert post(anyone).status_code == 401


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("wait=10", 10),
        ("WAIT = 10", 10),
        ('wait="10"', 10),
        ("respond-async, wait=10", 10),
        ('foo="a, wait=3"; bar, wait=10;x=1', 10),
        ("wait=10, wait=20", 10),
        ("wait=100000", 60),
        ("wait=-1", 0),
        ("wait=1.5", 0),
        ("wait=99999999999", 0),
        ("waiter=10", 0),
        ("", 0),
    ],
)
def test_the_header(rf, header: str, seconds: int) -> None:
    assert preferred_wait(Request(rf.post("/", headers={"Prefer": header}))) == seconds
