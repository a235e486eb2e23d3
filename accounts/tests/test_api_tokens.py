"""Name and password for a token; the token for everything else, until it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from accounts.models import ApiToken
from accounts.models.api_token import MAX_TOKENS

TOKEN = "/api/v1/auth/token/"
PASSWORD = "a long walk home"


def ask(client: Client, username: str = "alice", password: str = PASSWORD, **options):
    return client.post(TOKEN, {"username": username, "password": password}, **options)


def works(token: str) -> bool:
    status = Client().get("/api/v1/stylizations/", headers={"authorization": f"Token {token}"}).status_code
    assert status in (200, 401)
    return status == 200


@pytest.mark.parametrize("kind", ["application/json", None])
@pytest.mark.parametrize("username", ["alice", "alice@example.org"])
def test_a_good_password_gives_a_token(anyone: Client, alice: User, username: str, kind: str | None, settings) -> None:
    response = ask(anyone, username, **({"content_type": kind} if kind else {}))
    assert response.status_code == 200
    answer = response.json()
    assert answer.keys() == {"token", "expiry", "id", "name", "scopes"}
    assert (answer["name"], answer["scopes"]) == ("API token", ["read", "write"])
    assert response.headers["Cache-Control"] == "no-store"
    assert works(answer["token"])
    life = datetime.fromisoformat(answer["expiry"]) - timezone.now()
    assert timedelta(days=89) < life < timedelta(days=90)
    assert answer["token"] not in str(ApiToken.objects.values().get()), "only a digest of it is kept"


@pytest.mark.parametrize(
    ("username", "password"),
    [("alice", "wrong"), ("nobody", PASSWORD), ("alice", PASSWORD + " "), ("ALICE%", PASSWORD), ("alice", "x" * 500)],
)
def test_a_wrong_one_is_not_told_from_a_wrong_name(anyone: Client, alice: User, username: str, password: str) -> None:
    response = ask(anyone, username, password)
    assert response.status_code == 400
    assert response.json()["error"] == {
        "code": "invalid_credentials",
        "detail": "No account has this name and password.",
        "fields": {},
    }
    assert not ApiToken.objects.exists()


def test_a_closed_account_gets_no_token_and_its_tokens_end(anyone: Client, alice: User) -> None:
    token = ask(anyone).json()["token"]
    alice.is_active = False
    alice.save()
    assert ask(anyone).json()["error"]["code"] == "invalid_credentials"
    assert not works(token)


def test_a_token_ends_with_its_time(anyone: Client, alice: User) -> None:
    token = ask(anyone).json()["token"]
    ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert not works(token)


def test_a_token_ends_when_it_is_removed(anyone: Client, alice: User) -> None:
    first, second = (ask(anyone).json()["token"] for _ in range(2))
    assert works(first)
    ApiToken.objects.order_by("created").first().delete()
    assert [works(first), works(second)] == [False, True]


def test_a_token_of_its_owner_alone(alice: User, charlie: User, alices_job, program: Callable[[User], Client]) -> None:
    assert len(program(alice).get("/api/v1/stylizations/").json()["results"]) == 1
    assert program(charlie).get("/api/v1/stylizations/").json()["results"] == []


def test_guessing_is_stopped_at_the_eleventh(anyone: Client, alice: User) -> None:
    assert [ask(anyone, password=f"guess {number}").status_code for number in range(10)] == [400] * 10
    for password in ("guess 11", PASSWORD):
        response = ask(anyone, password=password)
        assert response.status_code == 429, "the right one would be told from the wrong ones"
        assert response.json()["error"]["code"] == "throttled"
    assert not ApiToken.objects.exists()


def test_the_stop_cannot_be_evaded_by_a_header(anyone: Client, alice: User) -> None:
    codes = [
        ask(anyone, password="guess", headers={"x-forwarded-for": f"10.0.0.{number}"}).status_code
        for number in range(12)
    ]
    assert codes == [400] * 10 + [429] * 2


def test_name_life_and_scopes_are_chosen(anyone: Client, alice: User) -> None:
    wanted = {"name": "laptop", "expires_in_days": 1, "scopes": ["read"], "username": "alice", "password": PASSWORD}
    answer = anyone.post(TOKEN, wanted, content_type="application/json").json()
    assert (answer["name"], answer["scopes"]) == ("laptop", ["read"])
    assert datetime.fromisoformat(answer["expiry"]) - timezone.now() < timedelta(days=1)
    token = ApiToken.objects.get()
    assert (token.name, token.scope_list, str(token.public_id)) == ("laptop", ["read"], answer["id"])


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"expires_in_days": 0}, "expires_in_days"),
        ({"expires_in_days": 366}, "expires_in_days"),
        ({"expires_in_days": None}, "expires_in_days"),
        ({"expires_in_days": "soon"}, "expires_in_days"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"scopes": ["admin"]}, "scopes"),
        ({"name": "x" * 81}, "name"),
        ({"name": ""}, "name"),
    ],
)
def test_what_cannot_be_is_refused(anyone: Client, alice: User, wanted, field: str) -> None:
    asked = {"username": "alice", "password": PASSWORD} | wanted
    response = anyone.post(TOKEN, asked, content_type="application/json")
    assert response.status_code == (403 if wanted == {"scopes": ["admin"]} else 400)
    assert response.json()["error"]["fields"].keys() == {field}
    assert not ApiToken.objects.exists()


def test_a_token_without_an_end_only_where_it_is_allowed(anyone: Client, alice: User, settings) -> None:
    settings.EASEL_TOKEN_NEVER_EXPIRES = True
    asked = {"username": "alice", "password": PASSWORD, "expires_in_days": None}
    answer = anyone.post(TOKEN, asked, content_type="application/json").json()
    assert answer["expiry"] is None
    assert works(answer["token"])


def test_staff_may_have_one_for_administration(anyone: Client, bob: User) -> None:
    asked = {"username": "bob", "password": PASSWORD, "scopes": ["admin", "read"]}
    assert anyone.post(TOKEN, asked, content_type="application/json").json()["scopes"] == ["read", "admin"]


def test_one_person_has_a_limited_number(anyone: Client, alice: User, charlie: User) -> None:
    for _ in range(MAX_TOKENS):
        token, _ = ApiToken.issue(alice, days=1)
    assert ask(anyone).json()["error"]["code"] == "too_many_tokens"
    assert ask(anyone, "charlie").status_code == 200
    ApiToken.objects.filter(pk=token.pk).update(expiry=timezone.now())
    assert ask(anyone).status_code == 200


def test_listing_and_revoking(alice: User, charlie: User, program: Callable[[User], Client]) -> None:
    token, text = ApiToken.issue(alice, name="old laptop", days=1)
    client = program(alice)
    (listed,) = [item for item in client.get("/api/v1/auth/tokens/").json()["results"] if item["name"] == "old laptop"]
    assert listed["beginning"] == text[:12]
    assert text not in str(listed)
    assert token.digest not in str(listed)
    address = f"/api/v1/auth/tokens/{listed['id']}/"
    assert program(charlie).delete(address).status_code == 404
    assert Client().delete(address).status_code == 401
    assert works(text)
    assert client.delete(address).status_code == 204
    assert not works(text)
