"""A bad photo, style or size is refused with its reason, and nothing is stored or queued."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from mlcore.tests import handmade_files
from stylizer.models import Style, Stylization
from stylizer.tests import pictures
from stylizer.tests.traces import stored_files, traces, wake_messages

Check = Callable[[], AbstractContextManager[None]]

HEIC = pictures.encoded(pictures.photo(96, 96), "HEIF")
AVIF = pictures.encoded(pictures.photo(96, 96), "AVIF")
TIFF = handmade_files.tiff(64, 48, bytes(64 * 48), bits=8, tag_322=60_000, tag_323=60_000)
BAD_PHOTOS = {
    "text named .jpg": (b"Dear diary, today I walked home.\n" * 20, "photo_not_an_image"),
    "truncated JPEG": (pictures.truncated_jpeg(), "photo_damaged"),
    "JPEG cut in its header": (pictures.jpeg()[:20], "photo_not_an_image"),
    "PNG of 30,000 × 30,000": (pictures.claimed_png(30_000, 30_000), "photo_too_many_pixels"),
    "PNG a row over the limit": (pictures.claimed_png(10_000, 5_001), "photo_too_many_pixels"),
    "PNG of fewer pixels than it claims": (pictures.claimed_png(500, 500), "photo_damaged"),
    "empty": (b"", "photo_empty"),
    "HEIC of 30,000 × 30,000": (pictures.claimed(HEIC, 30_000, 30_000), "photo_too_many_pixels"),
    "HEIC over the limit": (pictures.claimed(HEIC, 10_000, 5_001), "photo_too_many_pixels"),
    "HEIC of more pixels than it claims": (pictures.claimed(HEIC, 16, 16), "photo_damaged"),
    "AVIF over the limit": (pictures.claimed(AVIF, 10_000, 5_001), "photo_too_many_pixels"),
    "TIFF with a tile of 60,000 × 60,000": (TIFF, "photo_too_many_pixels"),
    "truncated HEIC": (HEIC[:-200], "photo_damaged"),
    "truncated AVIF": (AVIF[:-200], "photo_damaged"),
    "truncated TIFF": (pictures.encoded(pictures.photo(96, 96), "TIFF")[:-900], "photo_damaged"),
    "truncated GIF": (pictures.encoded(pictures.photo(96, 96), "GIF")[:-900], "photo_damaged"),
    "EPS named .jpg": (pictures.encoded(pictures.photo(32, 32), "EPS"), "photo_not_an_image"),
    "PPM named .jpg": (pictures.encoded(pictures.photo(32, 32), "PPM"), "photo_not_an_image"),
    "BMP named .jpg": (pictures.encoded(pictures.photo(32, 32), "BMP"), "photo_not_an_image"),
    "SVG named .jpg": (pictures.SVG, "photo_not_an_image"),
    "HTML named .jpg": (pictures.HTML, "photo_not_an_image"),
    "1.2 MB where 1 MB is allowed": (pictures.jpeg() + b"\0" * 1_200_000, "photo_too_large"),
    "missing": (None, "photo_missing"),
}
BAD_STYLES = {"unknown": "no-such-style", "unpublished": "secret", "empty": "", "hostile": "'; DROP TABLE x --"}
BAD_SIZES = ["99999", "0", "-1", "63", "2049", "abc", "512.5", "5e2", "٥١٢", "５１２", "0x200", "9" * 5000, "512\0"]

photos = pytest.mark.parametrize(("content", "code"), BAD_PHOTOS.values(), ids=BAD_PHOTOS)
styles = pytest.mark.parametrize("slug", BAD_STYLES.values(), ids=BAD_STYLES)
sizes = pytest.mark.parametrize("size", BAD_SIZES, ids=lambda size: ascii(size)[:20])


@pytest.fixture(autouse=True)
def _catalog(style: Style, make_style: Callable[..., Style], settings) -> None:
    make_style("secret", is_published=False)
    settings.EASEL_MAX_UPLOAD_BYTES = 1_000_000


def request_data(content: bytes | None = b"", *, field: str = "photo", **values: str) -> dict[str, object]:
    data: dict[str, object] = {"style": "waves", "size": "64", **values}
    if content is not None:
        data[field] = SimpleUploadedFile("holiday.jpg", content or pictures.jpeg(), "image/jpeg")
    return data


def bad_photo_data(content: bytes | None, field: str) -> dict[str, object]:
    data = request_data(None)
    if content is not None:
        data[field] = SimpleUploadedFile("holiday.jpg", content, "image/jpeg")
    return data


def text_beside(field: str, page: str) -> str:
    """Return the words in the place the studio has for the errors of ``field``."""
    place = re.search(rf'data-errors="{field}">(.*?)</div>', page, re.S)
    assert place, f"the page has no place for errors of {field}"
    return html.unescape(re.sub(r"<[^>]+>", " ", place[1])).strip()


def assert_form_says(response, field: str) -> str:
    assert response.status_code == 400
    page = response.content.decode()
    said = text_beside(field, page)
    assert said.endswith("."), "a whole sentence"
    others = {"photo", "style", "size", "strength", "keep_colors", "stroke", "format", "quality"} - {field}
    assert {text_beside(other, page) for other in others} == {""}
    return said


def assert_api_says(response, field: str, code: str) -> None:
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/json"
    error = response.json()["error"]
    assert error["code"] == code
    assert error["fields"] == {field: [error["detail"]]}
    assert error["detail"].endswith(".")


def assert_document_says(response, code: str) -> None:
    assert response.status_code == 400
    answer = response.json()
    assert answer.keys() == {"success", "error", "code"}
    assert answer["success"] is False
    assert answer["code"] == code
    assert answer["error"].endswith(".")


@photos
def test_studio_refuses_photo(as_alice: Client, leaves_no_trace: Check, content: bytes | None, code: str) -> None:
    with leaves_no_trace():
        response = as_alice.post("/studio/", bad_photo_data(content, "photo"))
    assert_form_says(response, "photo")
    assert response.context["form"].errors.as_data()["photo"][0].code == code


@photos
def test_api_refuses_photo(alices_program: Client, leaves_no_trace: Check, content: bytes | None, code: str) -> None:
    with leaves_no_trace():
        response = alices_program.post("/api/v1/stylizations/", bad_photo_data(content, "photo"))
    assert_api_says(response, "photo", code)


@photos
@pytest.mark.parametrize("address", ["/stylize", "/stylize_download"])
def test_documents_refuse_photo(
    alices_program: Client, leaves_no_trace: Check, content: bytes | None, code: str, address: str
) -> None:
    with leaves_no_trace():
        response = alices_program.post(address, bad_photo_data(content, "file"))
    assert_document_says(response, code)


@styles
def test_style_is_refused(as_alice: Client, alices_program: Client, leaves_no_trace: Check, slug: str) -> None:
    with leaves_no_trace():
        page = as_alice.post("/studio/", request_data(style=slug))
        answer = alices_program.post("/api/v1/stylizations/", request_data(style=slug))
    assert_form_says(page, "style")
    assert_api_says(answer, "style", "style_unknown")


@pytest.mark.parametrize("slug", ["no-such-style", "secret"])
def test_documents_refuse_style(alices_program: Client, leaves_no_trace: Check, slug: str) -> None:
    with leaves_no_trace():
        response = alices_program.post("/stylize", request_data(field="file", style=slug))
    assert_document_says(response, "style_unknown")


@sizes
def test_size_is_refused(as_alice: Client, alices_program: Client, leaves_no_trace: Check, size: str) -> None:
    with leaves_no_trace():
        page = as_alice.post("/studio/", request_data(size=size))
        answer = alices_program.post("/api/v1/stylizations/", request_data(size=size))
        document = alices_program.post("/stylize", request_data(field="file", size=size))
    assert_form_says(page, "size")
    assert_api_says(answer, "size", "size_invalid")
    assert_document_says(document, "size_invalid")


def test_original_size_beyond_what_workers_can_hold(
    as_alice: Client, alices_program: Client, leaves_no_trace: Check, settings
) -> None:
    settings.EASEL_MAX_OUTPUT_PIXELS = 64 * 48 - 1
    with leaves_no_trace():
        page = as_alice.post("/studio/", request_data(size_mode="original"))
        answer = alices_program.post("/api/v1/stylizations/", request_data(size="original"))
    assert_form_says(page, "size")
    assert_api_says(answer, "size", "size_too_large")


def test_a_good_photo_leaves_the_traces_that_the_others_must_not(
    as_alice: Client, alices_program: Client, django_capture_on_commit_callbacks
) -> None:
    files, jobs, *_ = traces()
    with django_capture_on_commit_callbacks(execute=True):
        page = as_alice.post("/studio/", request_data())
        answer = alices_program.post("/api/v1/stylizations/", request_data())
    assert (page.status_code, answer.status_code) == (302, 202)
    assert Stylization.objects.count() == jobs + 2
    assert len(stored_files() - files) == 4, "photo and before, twice"
    assert wake_messages() == 2


def test_a_full_queue_is_429_and_is_told_in_the_form(
    as_alice: Client, alices_program: Client, leaves_no_trace: Check, settings, queue_photo, alice
) -> None:
    settings.EASEL_MAX_QUEUED_PER_USER = 2
    queue_photo(alice)
    queue_photo(alice)
    with leaves_no_trace():
        page = as_alice.post("/studio/", request_data())
        answer = alices_program.post("/api/v1/stylizations/", request_data())
        document = alices_program.post("/stylize", request_data(field="file"))
    assert (page.status_code, page.headers["Retry-After"]) == (429, "30")
    assert "2 of your photos are waiting already" in text_beside("form", page.content.decode())
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "too_many_jobs")
    assert (document.status_code, document.json()["code"]) == (429, "too_many_jobs")


def test_one_full_queue_is_not_everybodys(settings, queue_photo, alice, charlie) -> None:
    settings.EASEL_MAX_QUEUED_PER_USER = 1
    queue_photo(alice)
    assert queue_photo(charlie).status == "queued"
