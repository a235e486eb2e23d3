"""Photos that the studio sends one by one before anything is painted."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from stylizer.models import Photo
from stylizer.photo_intake import take_in
from stylizer.tests import pictures
from stylizer.tests.traces import stored_files


def upload(content: bytes | None = None, name: str = "IMG_1.HEIC") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, pictures.jpeg() if content is None else content)


def test_a_photo_is_stored_and_shown(as_alice: Client, as_charlie: Client, alice: User) -> None:
    heic = pictures.encoded(pictures.photo(60, 90), "HEIF")
    response = as_alice.post("/photos/", {"photo": upload(heic)})
    assert response.status_code == 201
    answer, photo = response.json(), Photo.objects.get()
    assert (answer["id"], answer["name"], answer["width"], answer["height"]) == (str(photo.pk), "IMG_1.HEIC", 60, 90)
    shown = as_alice.get(answer["before_url"])
    assert shown.headers["Content-Type"] == "image/jpeg", "what a browser can show, whatever was sent"
    assert shown.getvalue()[:3] == pictures.jpeg()[:3]
    assert as_charlie.get(answer["before_url"]).status_code == 404


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "photo_empty"), (b"Dear Theo", "photo_not_an_image"), (pictures.truncated_jpeg(), "photo_damaged")],
)
def test_a_refusal_says_why(as_alice: Client, leaves_no_trace, content: bytes, code: str) -> None:
    with leaves_no_trace():
        response = as_alice.post("/photos/", {"photo": upload(content)})
    assert response.status_code == 400
    error = response.json()["error"]
    assert error["code"] == code
    assert error["detail"].endswith(".")


def test_no_photo_at_all(as_alice: Client) -> None:
    assert as_alice.post("/photos/").json()["error"]["code"] == "photo_missing"


def test_removing(as_alice: Client, alice: User, queue_photo, django_capture_on_commit_callbacks) -> None:
    used = queue_photo(alice).photo
    before = stored_files()
    unused = take_in(alice, upload())
    with django_capture_on_commit_callbacks(execute=True):
        for photo in (used, unused):
            assert as_alice.post(f"/photos/{photo.pk}/remove/").status_code == 204
    assert list(Photo.objects.all()) == [used], "what is painted keeps its photo"
    assert stored_files() == before


def test_an_upload_needs_the_token_of_the_page(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post("/photos/", {"photo": upload()}).status_code == 403
    assert not Photo.objects.exists()
