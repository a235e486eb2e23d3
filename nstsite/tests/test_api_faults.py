"""Addresses that there are not, and faults of this program: programs get the API's errors, people get pages."""

from __future__ import annotations

import contextlib
import errno
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client

from accounts.models import ApiToken
from stylizer.api.views import StyleViewSet
from stylizer.models import Style
from stylizer.tests import pictures

NOT_FOUND = {"error": {"code": "not_found", "detail": "Not found.", "fields": {}}}


@pytest.mark.parametrize("path", ["", "nothing/", "stylizations/nothing/else/", "albums/no-number/", "webhooks/x/"])
@pytest.mark.parametrize("who", ["anyone", "as_alice", "as_bob"])
def test_an_address_of_the_api_that_there_is_not(request: pytest.FixtureRequest, who: str, path: str) -> None:
    response = request.getfixturevalue(who).get(f"/api/v1/{path}")
    assert response.status_code in (404, 401)
    assert response.headers["Content-Type"] == "application/json"
    if response.status_code == 404:
        assert response.json() == NOT_FOUND


def test_a_page_that_there_is_not(anyone: Client) -> None:
    for path in ("/nothing/", "/api/nothing/"):
        response = anyone.get(path)
        assert response.status_code == 404
        assert response.headers["Content-Type"].startswith("text/html")


def test_a_fault_tells_a_program_nothing_but_that(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*args: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(StyleViewSet, "list", break_down)
    _, token = ApiToken.issue(alice, days=1)
    client = Client(raise_request_exception=False, headers={"authorization": f"Token {token}"})
    response = client.get("/api/v1/styles/")
    assert response.status_code == 500
    assert response.json()["error"]["code"] == "internal_error"
    assert b"secret" not in response.content


def disk_full(*args: object, **options: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def database_away(*args: object, **options: object) -> None:
    raise OperationalError("server closed the connection unexpectedly")


def database_locked(*args: object, **options: object) -> None:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        writer, other = (
            stack.enter_context(contextlib.closing(sqlite3.connect(folder / "x", timeout=0, isolation_level=None)))
            for _ in range(2)
        )
        writer.execute("BEGIN EXCLUSIVE")
        try:
            other.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise OperationalError(str(error)) from error


def no_such_table(*args: object, **options: object) -> None:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute("SELECT * FROM nothing")
        except sqlite3.OperationalError as error:
            raise OperationalError(str(error)) from error


@pytest.mark.parametrize(
    ("fault", "status"), [(disk_full, 503), (database_away, 503), (database_locked, 503), (no_such_table, 500)]
)
def test_what_the_server_lacks_for_a_moment_is_no_fault(
    alice: User, monkeypatch: pytest.MonkeyPatch, fault: Callable[..., None], status: int
) -> None:
    monkeypatch.setattr(StyleViewSet, "list", fault)
    monkeypatch.setattr("nstsite.views.render", fault)
    _, token = ApiToken.issue(alice, days=1)
    client = Client(raise_request_exception=False, headers={"authorization": f"Token {token}"})
    answer, page = client.get("/api/v1/styles/"), Client(raise_request_exception=False).get("/")
    assert (answer.status_code, page.status_code) == (status, status)
    assert answer.json()["error"]["code"] == ("unavailable" if status == 503 else "internal_error")
    assert ("Retry-After" in answer, "Retry-After" in page) == (status == 503,) * 2
    assert page["Content-Type"].startswith("text/html")


def test_an_upload_to_a_full_disk_leaves_nothing(
    as_alice: Client, style: Style, media: Path, monkeypatch: pytest.MonkeyPatch, leaves_no_trace: Any
) -> None:
    monkeypatch.setattr(FileSystemStorage, "_save", disk_full)
    as_alice.raise_request_exception = False
    with leaves_no_trace():
        for address, field in (("/stylize", "file"), ("/api/v1/photos/", "photo"), ("/studio/", "photo")):
            photo = SimpleUploadedFile("photo.jpg", pictures.jpeg(), "image/jpeg")
            response = as_alice.post(address, {field: photo, "style": style.slug, "size": "64"})
            assert response.status_code == 503, address
            assert response["Retry-After"]
