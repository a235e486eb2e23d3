"""Name and password for a token; the token for everything else, until it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

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
    assert answer.keys() == {"token", "expiry"}
    assert works(answer["token"])
    life = datetime.fromisoformat(answer["expiry"]) - timezone.now()
    assert timedelta(days=89) < life < timedelta(days=90)
    assert answer["token"] not in str(AuthToken.objects.values().get()), "only a digest of it is kept"


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
    assert not AuthToken.objects.exists()


def test_a_closed_account_gets_no_token_and_its_tokens_end(anyone: Client, alice: User) -> None:
    token = ask(anyone).json()["token"]
    alice.is_active = False
    alice.save()
    assert ask(anyone).json()["error"]["code"] == "invalid_credentials"
    assert not works(token)


def test_a_token_ends_with_its_time(anyone: Client, alice: User) -> None:
    token = ask(anyone).json()["token"]
    AuthToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert not works(token)


def test_a_token_ends_when_it_is_removed(anyone: Client, alice: User) -> None:
    first, second = (ask(anyone).json()["token"] for _ in range(2))
    assert works(first)
    AuthToken.objects.order_by("created").first().delete()
    assert [works(first), works(second)] == [False, True]


def test_a_token_of_its_owner_alone(alice: User, charlie: User, alices_job, program: Callable[[User], Client]) -> None:
    assert program(alice).get("/api/v1/stylizations/").json()["count"] == 1
    assert program(charlie).get("/api/v1/stylizations/").json()["count"] == 0


def test_guessing_is_stopped_at_the_eleventh(anyone: Client, alice: User) -> None:
    assert [ask(anyone, password=f"guess {number}").status_code for number in range(10)] == [400] * 10
    for password in ("guess 11", PASSWORD):
        response = ask(anyone, password=password)
        assert response.status_code == 429, "the right one would be told from the wrong ones"
        assert response.json()["error"]["code"] == "throttled"
    assert not AuthToken.objects.exists()


def test_the_stop_cannot_be_evaded_by_a_header(anyone: Client, alice: User) -> None:
    codes = [
        ask(anyone, password="guess", headers={"x-forwarded-for": f"10.0.0.{number}"}).status_code
        for number in range(12)
    ]
    assert codes == [400] * 10 + [429] * 2
