"""The line has an end: for one person, and for everybody together, however many come at the same moment."""

from __future__ import annotations

from collections import Counter

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from stylizer import job_lifecycle
from stylizer.models import Status, Stylization
from stylizer.rejections import Rejected
from stylizer.tests import pictures
from stylizer.tests.test_claim_race import WORKERS, all_at_once
from stylizer.tests.traces import named_files, stored_files


def sent(field: str = "photo") -> dict[str, object]:
    return {field: SimpleUploadedFile("photo.jpg", pictures.jpeg(), "image/jpeg"), "style": "waves"}


@pytest.mark.django_db
def test_a_full_line_is_503_for_everybody(
    settings, alice: User, queue_photo, as_charlie: Client, charlie: User, program, leaves_no_trace
) -> None:
    settings.EASEL_MAX_QUEUED = 2
    queue_photo(alice)
    queue_photo(alice)
    machine = program(charlie)
    with leaves_no_trace():
        page = as_charlie.post("/studio/", sent())
        api = machine.post("/api/v1/stylizations/", sent())
        document = machine.post("/stylize", sent("file"))
    for answer in (page, api, document):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "2 photos of everybody are waiting already" in page.content.decode()
    assert api.json()["error"]["code"] == document.json()["code"] == "queue_full"


@pytest.mark.django_db
def test_what_is_in_work_waits_no_more(settings, alice: User, queue_photo) -> None:
    settings.EASEL_MAX_QUEUED = 1
    queue_photo(alice)
    assert job_lifecycle.claim("worker")
    assert queue_photo(alice).status == Status.QUEUED


@pytest.mark.django_db
def test_a_batch_that_could_never_fit_is_told_so(settings, as_alice: Client, style) -> None:
    settings.EASEL_MAX_QUEUED = 2
    photos = [SimpleUploadedFile(f"{number}.jpg", pictures.jpeg(), "image/jpeg") for number in range(3)]
    answer = as_alice.post("/studio/", {"photo": photos, "style": "waves"})
    assert answer.status_code == 503
    assert "These would be 3 paintings, and this server lets 2 wait." in answer.content.decode()
    assert not Stylization.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("setting", "status"), [("EASEL_MAX_QUEUED_PER_USER", 429), ("EASEL_MAX_QUEUED", 503)], ids=["own", "all"]
)
def test_trying_again_is_no_way_around(
    settings, alices_program: Client, alice: User, queue_photo, setting, status
) -> None:
    job = queue_photo(alice)
    assert job_lifecycle.cancel(job)
    queue_photo(alice)
    setattr(settings, setting, 1)
    answer = alices_program.post(f"/api/v1/stylizations/{job.pk}/retry/")
    assert answer.status_code == status
    job.refresh_from_db()
    assert job.status == Status.CANCELLED
    setattr(settings, setting, 2)
    assert alices_program.post(f"/api/v1/stylizations/{job.pk}/retry/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_many_people_at_once_cannot_pass_the_end_together(settings, queue_photo) -> None:
    settings.EASEL_MAX_QUEUED = 2
    people = [User.objects.create_user(f"person {number}") for number in range(WORKERS)]

    def queue(number: int) -> str:
        try:
            return str(queue_photo(people[number]).status)
        except Rejected as refusal:
            return refusal.code

    assert Counter(all_at_once(queue)) == {"queued": 2, "queue_full": WORKERS - 2}
    assert Stylization.objects.count() == 2
    assert stored_files() == named_files()


@pytest.mark.django_db(transaction=True)
def test_trying_again_from_many_windows_cannot_pass_it_either(settings, alice: User, queue_photo) -> None:
    jobs = [queue_photo(alice) for _ in range(WORKERS)]
    assert all(job_lifecycle.cancel(job) for job in jobs)
    settings.EASEL_MAX_QUEUED = settings.EASEL_MAX_QUEUED_PER_USER = 2

    def again(number: int) -> object:
        try:
            return job_lifecycle.try_again(jobs[number])
        except Rejected as refusal:
            return refusal.status

    assert Counter(all_at_once(again)) == {True: 2, 429: WORKERS - 2}
    assert Stylization.objects.filter(status=Status.QUEUED).count() == 2
