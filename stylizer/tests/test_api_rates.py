"""How often a token and an address may ask, and that they are told."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from stylizer.models import Style

JOBS = "/api/v1/stylizations/"


@pytest.fixture
def rates(settings) -> dict[str, int]:
    settings.EASEL_API_RATES = {"create": 2, "request": 5}
    return settings.EASEL_API_RATES


def codes(client: Client, times: int, method: str = "get") -> list[int]:
    return [getattr(client, method)(JOBS).status_code for _ in range(times)]


def test_making_and_looking_are_counted_apart(alices_program: Client, style: Style, rates) -> None:
    assert codes(alices_program, 3, "post") == [400, 400, 429]
    response = alices_program.post(JOBS)
    assert response.json()["error"]["code"] == "throttled"
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    assert codes(alices_program, 6) == [200] * 5 + [429]


def test_headers_tell_what_is_left(alices_program: Client, style: Style, rates) -> None:
    for left in (4, 3):
        headers = alices_program.get(JOBS).headers
        assert (headers["RateLimit-Limit"], headers["RateLimit-Remaining"]) == ("5", str(left))
        assert 1 <= int(headers["RateLimit-Reset"]) <= 60
    assert alices_program.post(JOBS).headers["RateLimit-Limit"] == "2"
    codes(alices_program, 3)
    assert alices_program.get(JOBS).headers["RateLimit-Remaining"] == "0"


def test_each_token_and_each_account_for_itself(alice: User, charlie: User, program, browser, style, rates) -> None:
    first, second = program(alice), program(alice)
    assert codes(first, 6)[-1] == 429
    assert codes(second, 1) == codes(browser(alice), 1) == codes(program(charlie), 1) == [200]


def test_an_address_has_four_times_that(alice: User, program, anyone: Client, style: Style, rates) -> None:
    for _ in range(4):
        assert codes(program(alice), 5) == [200] * 5
    assert codes(program(alice), 1) == [429]
    assert codes(anyone, 1) == [401], "who is nobody is told so first"
    assert anyone.get("/api/v1/styles/").status_code == 429
    assert anyone.get("/api/v1/styles/", REMOTE_ADDR="192.0.2.7").status_code == 200


def test_the_document_s_addresses_make_something_too(alices_program: Client, style: Style, rates) -> None:
    answers = [alices_program.post("/stylize").status_code for _ in range(3)]
    assert answers == [400, 400, 429]


def test_pages_are_not_counted(as_alice: Client) -> None:
    assert "RateLimit-Limit" not in as_alice.get("/studio/").headers


def test_who_has_too_many_photos_waiting_is_told_when_to_come(
    alices_program: Client, alice, queue_photo, settings
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from stylizer.tests import pictures

    settings.EASEL_MAX_QUEUED_PER_USER = 1
    queue_photo(alice)
    photo = SimpleUploadedFile("p.jpg", pictures.jpeg(64, 48))
    response = alices_program.post(JOBS, {"photo": photo, "style": "waves"})
    assert (response.status_code, response.json()["error"]["code"]) == (429, "too_many_jobs")
    assert int(response.headers["Retry-After"]) > 0
