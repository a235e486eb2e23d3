"""POST /stylize and /stylize_download: one request, one picture, through the same queue."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from stylizer import job_lifecycle
from stylizer.models import Style, Stylization
from stylizer.tasks import paint_next
from stylizer.tests import pictures
from stylizer.tests.beside import worker
from stylizer.tests.traces import wake_messages

ADDRESSES = ["/stylize", "/stylize_download"]


def post(client: Client, address: str = "/stylize", content: bytes | None = None, **data: str):
    photo = SimpleUploadedFile("p.jpg", content or pictures.jpeg(), "image/jpeg")
    return client.post(address, {"file": photo, "size": "64"} | data)


@pytest.mark.django_db(transaction=True)
def test_a_picture_in_the_answer_and_one_as_attachment(
    alices_program: Client, alice: User, make_style: Callable[..., Style], noise: Style
) -> None:
    with worker(paint_next):
        response = post(alices_program, style="noise")
    assert response.status_code == 200
    answer = response.json()
    assert answer.keys() == {"success", "image"}
    assert answer["success"] is True
    kind, _, encoded = answer["image"].partition(",")
    assert kind == "data:image/jpeg;base64"
    job = Stylization.objects.get()
    with job.result.open("rb") as file:
        assert base64.b64decode(encoded, validate=True) == file.read()
    assert (job.owner, job.size, job.style) == (alice, 64, noise)

    with worker(paint_next):
        response = post(alices_program, "/stylize_download", size="96")
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["Content-Disposition"] == 'attachment; filename="stylized.jpg"'
    with Image.open(io.BytesIO(response.getvalue())) as image:
        assert (image.format, image.size) == ("JPEG", (96, 72))
    assert wake_messages() == 2


def test_without_a_style_the_first_of_the_catalog_is_taken(
    alices_program: Client, make_style: Callable[..., Style], settings
) -> None:
    settings.EASEL_SYNC_WAIT_SECONDS = 0
    make_style("second", position=2)
    make_style("secret", position=0, is_published=False)
    make_style("first", position=1)
    post(alices_program)
    assert Stylization.objects.get().style.slug == "first"


def test_a_server_without_styles_says_so(alices_program: Client, leaves_no_trace) -> None:
    with leaves_no_trace():
        response = post(alices_program)
    assert response.status_code == 400
    assert response.json()["code"] == "style_unknown"
    assert "no styles yet" in response.json()["error"]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.django_db(transaction=True)
def test_without_a_worker_it_waits_a_bounded_time(alices_program: Client, style: Style, settings, address: str) -> None:
    settings.EASEL_SYNC_WAIT_SECONDS = 0.2
    response = post(alices_program, address)
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    answer = response.json()
    assert (answer["success"], answer["code"]) == (False, "not_finished")
    job = Stylization.objects.get()
    assert job.status == "queued", "it goes on"
    assert f"/api/v1/stylizations/{job.pk}/" in answer["error"]
    assert alices_program.get(f"/api/v1/stylizations/{job.pk}/").json()["status"] == "queued"


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.django_db(transaction=True)
def test_a_painting_that_failed_or_was_cancelled(alices_program: Client, style: Style, address: str) -> None:
    def fail() -> bool:
        job = job_lifecycle.claim("worker")
        return job is not None and job_lifecycle.fail(job, "out_of_memory", "It needs too much memory.")

    def cancel() -> bool:
        return any(job_lifecycle.cancel(job) for job in Stylization.objects.active())

    for act, code, reason in (
        (fail, "out_of_memory", "It needs too much memory."),
        (cancel, "cancelled", "The painting was cancelled."),
    ):
        with worker(act):
            response = post(alices_program, address)
        assert response.status_code == 500
        assert response.json() == {"success": False, "error": reason, "code": code}


@pytest.mark.parametrize("address", ADDRESSES)
def test_errors_have_one_form(anyone: Client, alices_program: Client, style: Style, address: str) -> None:
    for response, status, code in (
        (post(anyone, address), 401, "not_authenticated"),
        (alices_program.get(address), 405, "method_not_allowed"),
        (alices_program.post(address, "{}", content_type="application/json"), 415, "unsupported_media_type"),
        (post(alices_program, address, size="0"), 400, "size_invalid"),
    ):
        answer = response.json()
        assert answer.keys() == {"success", "error", "code"}
        assert (response.status_code, answer["success"], answer["code"]) == (status, False, code)
        assert answer["error"]
        assert "Retry-After" not in response.headers
