"""A request sent again with its Idempotency-Key is answered again and not carried out again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from stylizer.api import idempotency
from stylizer.catalog_upkeep import tidy_catalog
from stylizer.models import Batch, IdempotencyKey, Photo, Style, Stylization
from stylizer.tests import pictures

JOBS, BATCHES = "/api/v1/stylizations/", "/api/v1/batches/"


def post(client: Client, key: str | None = "one", address: str = JOBS, **data: object) -> Response:
    photo = SimpleUploadedFile(str(data.pop("name", "p.jpg")), data.pop("content", None) or pictures.jpeg(64, 48))
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(address, {"photo": photo, "style": "waves", "size": "64"} | data, headers=headers)


def test_the_same_again_gives_the_same_answer(alices_program: Client, style: Style, leaves_no_trace) -> None:
    first = post(alices_program)
    assert first.status_code == 202
    assert "Idempotency-Replayed" not in first.headers
    with leaves_no_trace():
        second = post(alices_program)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert second.headers["Location"] == first.headers["Location"]
    assert second.headers["Content-Type"] == "application/json"
    assert Stylization.objects.count() == Photo.objects.count() == 1


@pytest.mark.parametrize(
    "other",
    [{"size": "96"}, {"content": pictures.jpeg(48, 64)}, {"name": "other.jpg"}, {"address": BATCHES}, {"extra": "x"}],
    ids=str,
)
def test_another_body_with_the_same_key_is_refused(
    alices_program: Client, style: Style, leaves_no_trace, other: dict[str, object]
) -> None:
    post(alices_program)
    with leaves_no_trace():
        response = post(alices_program, **other)
    assert (response.status_code, response.json()["error"]["code"]) == (409, "idempotency_key_reused")


def test_other_keys_and_none_are_carried_out(alices_program: Client, style: Style) -> None:
    for key in ("one", "two", None, None):
        assert post(alices_program, key).status_code == 202
    assert Stylization.objects.count() == 4


def test_a_key_is_its_owners(alices_program: Client, charlie: User, program, anyone: Client, style: Style) -> None:
    post(alices_program)
    assert "Idempotency-Replayed" not in post(program(charlie)).headers
    assert Stylization.objects.filter(owner=charlie).count() == 1
    assert post(anyone).status_code == 401
    assert IdempotencyKey.objects.count() == 2


def test_what_was_refused_may_be_mended_with_the_same_key(alices_program: Client, style: Style) -> None:
    assert post(alices_program, style="none").status_code == 400
    assert not IdempotencyKey.objects.exists()
    assert post(alices_program).status_code == 202


def test_a_fault_of_the_server_gives_the_key_back(alices_program: Client, style: Style, monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    alices_program.raise_request_exception = False
    with monkeypatch.context() as patch:
        patch.setattr("stylizer.api.wanted.find_style", broken)
        assert post(alices_program).status_code == 500
    assert post(alices_program).status_code == 202


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "tab\there", "nul\0", "café", "\x7f"], ids=ascii)
def test_what_is_no_key(alices_program: Client, style: Style, leaves_no_trace, key: str) -> None:
    with leaves_no_trace():
        response = post(alices_program, key)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "idempotency_key_invalid")


def test_the_longest_key(alices_program: Client, style: Style) -> None:
    assert [post(alices_program, "k" * 255).status_code for _ in range(2)] == [202, 202]
    assert Stylization.objects.count() == 1


def test_while_the_first_is_in_work_the_second_waits_and_is_asked_to_come_again(
    alices_program: Client, alice: User, style: Style, monkeypatch, leaves_no_trace
) -> None:
    monkeypatch.setattr(idempotency, "PATIENCE", 0.1)
    post(alices_program)
    IdempotencyKey.objects.update(status=None)
    with leaves_no_trace():
        response = post(alices_program)
    assert (response.status_code, response.json()["error"]["code"]) == (409, "idempotency_in_progress")
    assert int(response.headers["Retry-After"]) > 0


def test_a_key_whose_process_died_may_be_used_again(alices_program: Client, style: Style) -> None:
    post(alices_program)
    IdempotencyKey.objects.update(status=None, created_at=timezone.now() - timedelta(minutes=11))
    assert "Idempotency-Replayed" not in post(alices_program).headers
    assert Stylization.objects.count() == 2


def test_keys_are_forgotten_after_a_day(alices_program: Client, style: Style) -> None:
    post(alices_program, "old")
    post(alices_program, "new")
    IdempotencyKey.objects.filter(key="old").update(created_at=timezone.now() - timedelta(hours=25))
    assert "Idempotency-Replayed" not in post(alices_program, "old").headers
    IdempotencyKey.objects.filter(key="old").update(created_at=timezone.now() - timedelta(hours=25))
    tidy_catalog()
    assert [row.key for row in IdempotencyKey.objects.all()] == ["new"]


def test_batches_too(alices_program: Client, style: Style, make_style: Callable[..., Style]) -> None:
    make_style("other")
    first, second = (post(alices_program, "b", BATCHES, style=["waves", "other"]) for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    assert (Batch.objects.count(), Stylization.objects.count()) == (1, 2)


def test_what_is_told_only_once_is_not_kept(alice: User, rf) -> None:
    class View:
        @idempotency.idempotent(secrets=["secret"])
        def create(self, request: Request) -> Response:
            return Response({"id": 1, "secret": "s3cr3t"}, status=201)

    def ask() -> object:
        request = Request(rf.post("/x/", {"a": "b"}, headers={"Idempotency-Key": "k"}), parsers=[MultiPartParser()])
        request.user = alice
        return View().create(request)

    assert ask().data == {"id": 1, "secret": "s3cr3t"}
    assert ask().content == b'{"id":1,"secret":null}'
    assert "s3cr3t" not in IdempotencyKey.objects.get().body
