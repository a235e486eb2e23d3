"""Beyond so many uploads at a time the next are refused before they are read, and everything else goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from stylizer import photo_intake, waiting
from stylizer.models import Photo
from stylizer.tests import pictures
from stylizer.tests.traces import named_files, stored_files
from stylizer.upload_places import UPLOADS

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 2
PATIENCE = 60


class HeldUploads:
    """Uploads that have come as far as being decoded, and go on when they are told to."""

    def __init__(self) -> None:
        self._arrived = threading.Semaphore(0)
        self._go_on = threading.Event()
        self._check = photo_intake.check_photo

    def check_photo(self, upload: object) -> object:
        self._arrived.release()
        assert self._go_on.wait(PATIENCE)
        return self._check(upload)

    def wait_for(self, count: int) -> None:
        for _ in range(count):
            assert self._arrived.acquire(timeout=PATIENCE)

    def let_go(self) -> None:
        self._go_on.set()


@pytest.fixture
def held(at_once: Callable[..., Future[HttpResponse]], monkeypatch, settings) -> Iterator[HeldUploads]:
    """After ``at_once``, so that they are let go before its threads are waited for."""
    settings.EASEL_UPLOADS_AT_ONCE = AT_ONCE
    uploads = HeldUploads()
    monkeypatch.setattr(photo_intake, "check_photo", uploads.check_photo)
    yield uploads
    uploads.let_go()


@pytest.fixture
def at_once() -> Iterator[Callable[..., Future[HttpResponse]]]:
    """Return a function that sends a request from a thread of its own."""
    with ThreadPoolExecutor(8) as threads:

        def send(client: Client, address: str, data: dict[str, object]) -> Future[HttpResponse]:
            def post() -> HttpResponse:
                try:
                    return client.post(address, data)
                finally:
                    connection.close()

            return threads.submit(post)

        yield send


def large_photo(field: str = "photo") -> dict[str, object]:
    """A photo that is too large for a form without one."""
    content = pictures.jpeg()
    return {field: SimpleUploadedFile("photo.jpg", content + b"\0" * 100_000, "image/jpeg")}


@pytest.fixture
def full(
    held: HeldUploads, at_once: Callable[..., Future[HttpResponse]], alice: User, browser
) -> list[Future[HttpResponse]]:
    """As many uploads as may be, all in work."""
    uploads = [at_once(browser(alice), "/photos/", large_photo()) for _ in range(AT_ONCE)]
    held.wait_for(AT_ONCE)
    return uploads


def test_one_too_many_is_told_when_to_come_again(
    full: list[Future[HttpResponse]], held: HeldUploads, browser, charlie: User, program
) -> None:
    person, machine = browser(charlie), program(charlie)
    studio = person.post("/studio/", large_photo() | {"style": "waves"})
    uploader = person.post("/photos/", large_photo())
    api = machine.post("/api/v1/photos/", large_photo())
    document = machine.post("/stylize", large_photo("file"))
    for answer in (studio, uploader, api, document):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert answer.headers["X-Request-ID"]
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "Too many photos at this moment" in studio.content.decode()
    assert uploader.json()["error"]["code"] == api.json()["error"]["code"] == "too_many_uploads"
    assert document.json().keys() == {"success", "error", "code"}
    assert Photo.objects.count() == 0

    held.let_go()
    assert [upload.result(PATIENCE).status_code for upload in full] == [201] * AT_ONCE
    assert person.post("/photos/", large_photo()).status_code == 201
    assert stored_files() == named_files()


def test_pages_and_forms_without_photos_go_on(
    full: list[Future[HttpResponse]], browser, charlie: User, anyone: Client
) -> None:
    assert browser(charlie).get("/studio/").status_code == 200
    assert browser(charlie).post("/studio/", {"style": "waves"}).status_code == 400, "no photo, no style"
    assert anyone.get("/").status_code == 200


@pytest.mark.parametrize("address", ["/photos/", "/accounts/login/", "/no/such/page/"])
def test_a_stranger_gets_no_place_more(full: list[Future[HttpResponse]], anyone: Client, address: str) -> None:
    assert anyone.post(address, large_photo()).status_code == 503


def test_whatever_becomes_of_an_upload_its_place_is_given_back(settings, as_alice: Client, anyone: Client) -> None:
    settings.EASEL_UPLOADS_AT_ONCE = 1
    for _ in range(2):
        broken = SimpleUploadedFile("photo.jpg", b"no picture" * 10_000)
        assert as_alice.post("/photos/", {"photo": broken}).status_code == 400
        assert anyone.post("/photos/", large_photo()).status_code == 302, "to be signed in"
        assert anyone.post("/no/such/page/", large_photo()).status_code == 404
    assert as_alice.post("/photos/", large_photo()).status_code == 201


def test_who_only_waits_for_a_painting_holds_no_place(settings, alices_program: Client, style, monkeypatch) -> None:
    settings.EASEL_UPLOADS_AT_ONCE = 1
    settings.EASEL_SYNC_WAIT_SECONDS = 1
    found = []

    def look(_: float) -> None:
        place = UPLOADS.take("another")
        found.append(place is not None)
        if place:
            place.give_back()

    monkeypatch.setattr(waiting, "release_connection", look)
    answer = alices_program.post("/stylize", large_photo("file") | {"style": "waves"})
    assert (answer.status_code, answer.json()["code"]) == (503, "not_finished")
    assert found
    assert all(found)


def test_only_so_many_wait_for_their_paintings(settings, alices_program: Client, style, leaves_no_trace) -> None:
    settings.EASEL_WAITING_REQUESTS = 0
    with leaves_no_trace():
        answer = alices_program.post("/stylize", large_photo("file") | {"style": "waves"})
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (503, "busy", "5")
