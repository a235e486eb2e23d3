"""One's own account by the API: what it says, taking everything, deleting it; and making tokens."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from accounts.models import ApiToken
from gallery.models import Artwork
from stylizer.models import IdempotencyKey, Stylization
from stylizer.quota import bytes_used
from stylizer.tests.traces import stored_files

pytestmark = pytest.mark.django_db
ME, EXPORT, DELETE, TOKENS = "/api/v1/me/", "/api/v1/me/export/", "/api/v1/me/delete/", "/api/v1/auth/tokens/"
PASSWORD = "a long walk home"
MEANT = {"username": "alice", "password": PASSWORD}


def send(client: Client, address: str, headers: dict[str, str] | None = None, **body: Any) -> Any:
    return client.post(address, body, content_type="application/json", headers=headers or {})


@pytest.fixture
def charlies_program(charlie: User, program: Callable[[User], Client]) -> Client:
    return program(charlie)


def test_it_says_who_one_is_and_what_one_uses(
    alices_program: Client, charlies_program: Client, alice: User, alices_artwork: Artwork, settings
) -> None:
    settings.EASEL_QUOTA_BYTES = 5_000_000
    told = alices_program.get(ME).json()
    assert (told["username"], told["email"], told["is_staff"]) == ("alice", "alice@example.org", False)
    assert told["quota"]["bytes_allowed"] == 5_000_000
    assert told["quota"]["bytes_used"] == bytes_used(alice) == sum(told["quota"]["by_place"].values()) > 0
    expected = {"photos": 1, "stylizations": 1, "waiting": 0, "artworks": 1, "albums": 0, "tokens": 1, "webhooks": 0}
    assert told["usage"] == expected
    assert told["limits"]["waiting"] == settings.EASEL_MAX_QUEUED_PER_USER
    his = charlies_program.get(ME).json()
    assert (his["username"], his["quota"]["bytes_used"], his["usage"]["stylizations"]) == ("charlie", 0, 0)
    settings.EASEL_QUOTA_BYTES = 0
    assert alices_program.get(ME).json()["quota"]["bytes_allowed"] is None


def test_everything_can_be_taken(alices_program: Client, alices_artwork: Artwork) -> None:
    response = alices_program.post(EXPORT)
    assert response.headers["Content-Type"] == "application/zip"
    assert response.headers["Cache-Control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(response.getvalue())) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert {file["path"] for file in manifest["files"]} | {"manifest.json"} == set(archive.namelist())
    assert [work["title"] for work in manifest["records"]["gallery.artwork"]] == ["Waves"]
    assert alices_program.get(EXPORT).status_code == 405


def test_taking_everything_too_often_is_refused(alice: User, program: Callable[[User], Client]) -> None:
    for _ in range(6):
        assert program(alice).post(EXPORT).getvalue()
    response = program(alice).post(EXPORT)  # another token gives no more
    assert (response.status_code, response.json()["error"]["code"]) == (429, "throttled")
    assert response.headers["Retry-After"]


def test_an_account_is_deleted_with_everything_in_it(
    alices_program: Client,
    charlies_program: Client,
    alices_artwork: Artwork,
    noise,
    django_capture_on_commit_callbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assert send(alices_program, DELETE, **MEANT).status_code == 204
    assert not User.objects.filter(username="alice").exists()
    assert (Artwork.objects.count(), Stylization.objects.count()) == (0, 0)
    assert all(name.startswith("styles/") for name in stored_files())
    assert alices_program.get(ME).status_code == 401
    assert charlies_program.get(ME).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "username"),
        ({"password": ""}, "password"),
        ({"password": "wrong"}, "password"),
        ({"password": f"{PASSWORD} "}, "password"),
        ({"username": "Alice"}, "username"),
        ({"username": "charlie"}, "username"),
        ({"username": "ali\0ce"}, "username"),
    ],
)
def test_it_is_not_deleted_by_mistake_or_by_somebody_else(
    body: dict[str, str], field: str, alices_program: Client, alices_job: Stylization
) -> None:
    response = send(alices_program, DELETE, **(MEANT | body if body else {}))
    is_answerable = all(value and "\0" not in value for value in body.values())
    assert response.status_code == (403 if body and is_answerable else 400)
    assert field in response.json()["error"]["fields"]
    assert Stylization.objects.exists()


def test_the_last_superuser_stays(bob: User, program: Callable[[User], Client]) -> None:
    response = send(program(bob), DELETE, username="bob", password=PASSWORD)
    assert (response.status_code, response.json()["error"]["code"]) == (409, "last_superuser")
    assert User.objects.filter(username="bob").exists()


def test_passwords_are_not_tried_out(alices_program: Client) -> None:
    answers = [send(alices_program, DELETE, **MEANT | {"password": f"try {n}"}).status_code for n in range(7)]
    assert answers == [403] * 5 + [429] * 2
    assert send(alices_program, DELETE, **MEANT).status_code == 429, "not even the right one"


def test_a_browser_is_signed_out_with_its_account(as_alice: Client) -> None:
    assert send(as_alice, DELETE, **MEANT).status_code == 204
    assert as_alice.get("/account/").status_code == 302


def test_a_token_is_made_with_the_password(alices_program: Client) -> None:
    response = send(alices_program, TOKENS, name="laptop", scopes=["read"], expires_in_days=1, password=PASSWORD)
    assert response.status_code == 201
    assert response.headers["Cache-Control"] == "no-store"
    told = response.json()
    assert (told["name"], told["scopes"]) == ("laptop", ["read"])
    made = Client(headers={"authorization": f"Token {told['token']}"})
    assert made.get(ME).status_code == 200
    assert made.post(EXPORT).status_code == 403, "it may only look"
    listed = alices_program.get(TOKENS)
    assert told["token"] not in listed.content.decode()
    assert told["id"] in {token["id"] for token in listed.json()["results"]}
    assert alices_program.delete(response.headers["Location"]).status_code == 204
    assert made.get(ME).status_code == 401


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 403, "password_required"),
        ({"password": ""}, 400, "invalid"),
        ({"password": "wrong"}, 403, "password_wrong"),
        ({"password": PASSWORD, "scopes": ["read", "admin"]}, 403, "scope_not_allowed"),
        ({"password": PASSWORD, "scopes": []}, 400, "invalid"),
        ({"password": PASSWORD, "scopes": ["root"]}, 400, "invalid"),
        ({"password": PASSWORD, "expires_in_days": None}, 400, "invalid"),
        ({"password": PASSWORD, "expires_in_days": 100_000}, 400, "invalid"),
        ({"password": PASSWORD, "name": "x" * 81}, 400, "invalid"),
        ({"password": PASSWORD, "name": "a\0b"}, 400, "invalid"),
    ],
)
def test_tokens_that_are_not_made(body: dict[str, Any], status: int, code: str, alices_program: Client) -> None:
    response = send(alices_program, TOKENS, **body)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert ApiToken.objects.count() == 1


def test_a_browser_needs_the_password_unless_it_was_entered_just_now(as_alice: Client) -> None:
    assert send(as_alice, TOKENS).status_code == 403
    assert as_alice.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
    assert send(as_alice, TOKENS).status_code == 201


def test_staff_may_make_one_for_administration(bob: User, program: Callable[[User], Client]) -> None:
    assert send(program(bob), TOKENS, scopes=["admin"], password=PASSWORD).json()["scopes"] == ["admin"]


def test_a_repeated_request_makes_one_and_keeps_neither_secret(alices_program: Client) -> None:
    headers = {"idempotency-key": "one"}
    first = send(alices_program, TOKENS, headers, name="laptop", password=PASSWORD)
    again = send(alices_program, TOKENS, headers, name="laptop", password=PASSWORD)
    assert (first.status_code, again.status_code) == (201, 201)
    assert (bool(first.json()["token"]), again.json()["token"]) == (True, None)
    assert ApiToken.objects.filter(name="laptop").count() == 1
    row = IdempotencyKey.objects.get()
    assert first.json()["token"] not in row.body
    other = send(alices_program, TOKENS, headers, name="laptop", password="another")
    assert other.json()["token"] is None, "the password is no part of what is remembered"
