"""Photos of the API: uploaded once, painted as often as one likes, seen by their owner only."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from stylizer.models import Photo, Style, StylePreview, Stylization
from stylizer.photo_intake import take_in
from stylizer.tests import pictures
from stylizer.tests.traces import stored_files

# The same in every process: tests are told apart by their parameters.
NO_PHOTO = "4c23c596-ff98-4bdf-9d1e-8830bbbd3437"
PHOTOS, JOBS, BATCHES = "/api/v1/photos/", "/api/v1/stylizations/", "/api/v1/batches/"
JSON = "application/json"


def upload(client: Client, content: bytes | None = None, **headers: str):
    photo = SimpleUploadedFile("../me.jpg", content or pictures.jpeg(64, 48))
    return client.post(PHOTOS, {"photo": photo}, headers=headers)


@pytest.fixture
def hers(alice: User) -> Photo:
    return take_in(alice, SimpleUploadedFile("hers.jpg", pictures.jpeg(64, 48)))


def test_a_photo_is_stored_and_told(alices_program: Client, alice: User) -> None:
    response = upload(alices_program)
    assert response.status_code == 201
    answer = response.json()
    photo = Photo.objects.get()
    assert photo.owner == alice
    assert answer == {
        "id": str(photo.pk),
        "url": f"http://testserver{PHOTOS}{photo.pk}/",
        "name": "me.jpg",
        "byte_size": len(pictures.jpeg(64, 48)),
        "sha256": photo.sha256,
        "width": 64,
        "height": 48,
        "picture_url": f"http://testserver{PHOTOS}{photo.pk}/picture/",
        "created_at": answer["created_at"],
    }
    assert response.headers["Location"] == answer["url"]
    assert alices_program.get(answer["url"]).json() == answer
    with Image.open(io.BytesIO(alices_program.get(answer["picture_url"]).getvalue())) as picture:
        assert (picture.format, picture.size) == ("JPEG", (64, 48))


def test_sent_again_it_is_stored_once(alices_program: Client) -> None:
    first, second = (upload(alices_program, **{"Idempotency-Key": "k"}) for _ in range(2))
    assert first.json() == second.json()
    assert Photo.objects.count() == 1


def test_what_is_no_photo(alices_program: Client, anyone: Client, leaves_no_trace) -> None:
    with leaves_no_trace():
        assert upload(alices_program, b"text").json()["error"]["code"] == "photo_not_an_image"
        assert alices_program.post(PHOTOS).json()["error"]["code"] == "photo_missing"
        assert upload(anyone).status_code == 401


@pytest.mark.parametrize("kind", ["json", "form"])
def test_one_photo_for_several_jobs(alices_program: Client, hers: Photo, style: Style, kind: str) -> None:
    wanted = {"photo": str(hers.pk), "style": "waves", "size": 64, "strength": 0.5, "keep_colors": True}
    for _ in range(2):
        response = alices_program.post(JOBS, wanted, **({"content_type": JSON} if kind == "json" else {}))
        assert response.status_code == 202, response.json()
        assert response.json()["photo"] == str(hers.pk)
    jobs = Stylization.objects.all()
    assert {(job.photo, job.size, job.strength, job.keep_colors) for job in jobs} == {(hers, 64, 0.5, True)}
    assert Photo.objects.count() == 1


def test_one_photo_in_several_styles(alices_program: Client, hers: Photo, style: Style, make_style) -> None:
    make_style("other")
    wanted = {"photo": str(hers.pk), "style": ["waves", "other"]}
    response = alices_program.post(BATCHES, wanted, content_type=JSON)
    assert response.status_code == 202
    assert {job["photo"] for job in response.json()["stylizations"]} == {str(hers.pk)}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        *(({"photo": photo}, "photo_unknown") for photo in (NO_PHOTO, "x", "", 7, {}, [None], "\ud800", "{0}{1}")),
        *(({"photo": photo}, "photo_missing") for photo in (None, [])),
        *(({"style": style}, "style_unknown") for style in ("none", None, 1, [], {}, "\0", "\ud800", "é")),
        *(({"size": size}, "size_invalid") for size in (None, [], 63, 64.5, True, "x", "\ud800")),
        *(({"strength": strength}, "strength_invalid") for strength in (None, 1.1, -1, [], {}, True)),
        *(({"keep_colors": keep}, "keep_colors_invalid") for keep in (None, 2, [], "perhaps")),
    ],
    ids=ascii,
)
def test_odd_json(alices_program: Client, hers: Photo, style: Style, leaves_no_trace, change, code: str) -> None:
    wanted = {"photo": str(hers.pk), "style": "waves"} | change
    for address in (JOBS, BATCHES):
        with leaves_no_trace():
            response = alices_program.post(address, wanted, content_type=JSON)
        assert response.status_code == 400
        assert response.json()["error"]["code"] in (code, "batch_too_small")


@pytest.mark.parametrize("body", ["[]", "null", '"text"', "7", "{", ""])
def test_json_that_is_no_object(alices_program: Client, style: Style, leaves_no_trace, body: str) -> None:
    with leaves_no_trace():
        for address in (JOBS, BATCHES):
            assert alices_program.post(address, body, content_type=JSON).status_code == 400


def test_several_in_one_job_and_one_in_a_batch(alices_program: Client, hers: Photo, style: Style, make_style) -> None:
    make_style("other")
    several = alices_program.post(JOBS, {"photo": str(hers.pk), "style": ["waves", "other"]}, content_type=JSON)
    assert (several.status_code, several.json()["error"]["code"]) == (400, "more_than_one")
    twice = alices_program.post(BATCHES, {"photo": [str(hers.pk)] * 2, "style": "waves"}, content_type=JSON)
    assert (twice.status_code, twice.json()["error"]["code"]) == (400, "batch_too_small")
    assert not Stylization.objects.exists()


def test_nobody_paints_or_sees_anothers(hers: Photo, charlie: User, program, anyone: Client, style: Style) -> None:
    client = program(charlie)
    for rest in ("", "picture/", "previews/", "previews/waves/"):
        theirs, nobodys = (client.get(f"{PHOTOS}{pk}/{rest}") for pk in (hers.pk, uuid.uuid4()))
        assert (theirs.status_code, theirs.json()) == (nobodys.status_code, nobodys.json()) == (404, theirs.json())
        assert anyone.get(f"{PHOTOS}{hers.pk}/{rest}").status_code == 401
    assert client.delete(f"{PHOTOS}{hers.pk}/").status_code == 404
    wanted = {"photo": str(hers.pk), "style": "waves"}
    theirs = client.post(JOBS, wanted, content_type=JSON)
    nobodys = client.post(JOBS, wanted | {"photo": str(uuid.uuid4())}, content_type=JSON)
    assert theirs.json() == nobodys.json()
    assert client.get(PHOTOS).json()["results"] == []


def test_deleting(
    alices_program: Client, hers: Photo, alices_job: Stylization, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assert alices_program.delete(f"{PHOTOS}{hers.pk}/").status_code == 204
    assert not any(str(hers.pk) in name for name in stored_files())
    used = alices_program.delete(f"{PHOTOS}{alices_job.photo_id}/")
    assert (used.status_code, used.json()["error"]["code"]) == (409, "photo_in_use")


def test_lists(alices_program: Client, hers: Photo, alice: User) -> None:
    larger = take_in(alice, SimpleUploadedFile("b.jpg", pictures.jpeg(640, 480)))
    for query, found in (
        ({}, [larger, hers]),
        ({"ordering": "byte_size"}, [hers, larger]),
        ({"sha256": hers.sha256}, [hers]),
        ({"created_after": larger.created_at.isoformat()}, [larger]),
        ({"created_before": larger.created_at.isoformat()}, [hers]),
    ):
        results = alices_program.get(PHOTOS, query).json()["results"]
        assert [photo["id"] for photo in results] == [str(photo.pk) for photo in found], query


def test_previews(
    alices_program: Client, hers: Photo, style: Style, make_style: Callable[..., Style], leaves_no_trace
) -> None:
    address = f"{PHOTOS}{hers.pk}/previews/"
    with leaves_no_trace():
        assert alices_program.get(address).json() == {"previews": {}, "waiting": 0}
    assert alices_program.post(address).json() == {"previews": {}, "waiting": 1}
    assert alices_program.get(f"{address}waves/").status_code == 404
    preview = StylePreview.objects.get()
    preview.picture.save("", ContentFile(pictures.jpeg(64, 48)))
    answer = alices_program.get(address).json()
    assert answer == {"previews": {"waves": f"http://testserver{address}waves/"}, "waiting": 0}
    assert alices_program.get(answer["previews"]["waves"]).getvalue() == pictures.jpeg(64, 48)
    Style.objects.update(is_published=False)
    assert alices_program.get(f"{address}waves/").status_code == 404
