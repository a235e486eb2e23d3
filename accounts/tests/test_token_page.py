"""The page where one makes, sees and revokes API tokens."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from accounts.models import ApiToken
from accounts.models.api_token import MAX_TOKENS

PASSWORD = "a long walk home"
PAGE = "/account/tokens/"
CHOICES = {"name": "laptop", "days": "30", "scopes": ["read"]}


def confirm(client: Client, next_page: str = PAGE):
    return client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": next_page})


def shown_token(response) -> str:
    return re.search(r'value="(easel_[0-9a-f]+)"', response.content.decode())[1]


def works(text: str) -> bool:
    return Client().get("/api/v1/stylizations/", headers={"authorization": f"Token {text}"}).status_code == 200


@pytest.fixture
def confirmed(as_alice: Client) -> Client:
    """Alice's browser just after she gave her password."""
    confirm(as_alice)
    return as_alice


def test_a_token_is_shown_once(confirmed: Client, alice: User) -> None:
    response = confirmed.post(PAGE, CHOICES)
    assert "no-store" in response.headers["Cache-Control"]
    text = shown_token(response)
    assert works(text)
    again = confirmed.get(PAGE).content.decode()
    assert text not in again
    assert "laptop" in again
    assert text[:12] in again
    token = ApiToken.objects.get()
    assert (token.user, token.name, token.scope_list) == (alice, "laptop", ["read"])
    assert (token.expiry - token.created).days in (29, 30)


def test_making_one_wants_the_password_first_and_then_goes_on(as_alice: Client) -> None:
    response = as_alice.post(PAGE, CHOICES)
    assert (response.status_code, response.url) == (302, "/accounts/reauthenticate/?next=%2Faccount%2Ftokens%2F")
    assert not ApiToken.objects.exists(), "a browser that was left open gives nobody a token"
    shown = confirm(as_alice)
    assert "no-store" in shown.headers["Cache-Control"]
    assert works(shown_token(shown))


def test_revoking(confirmed: Client) -> None:
    text = shown_token(confirmed.post(PAGE, CHOICES))
    token = ApiToken.objects.get()
    response = confirmed.post(f"{PAGE}{token.public_id}/revoke/", follow=True)
    assert "“laptop” is revoked." in response.content.decode()
    assert not works(text)


def test_others_tokens_are_neither_seen_nor_revoked(alice: User, as_charlie: Client) -> None:
    token, _ = ApiToken.issue(alice, name="hers", days=1)
    assert "hers" not in as_charlie.get(PAGE).content.decode()
    assert as_charlie.post(f"{PAGE}{token.public_id}/revoke/").status_code == 404
    assert ApiToken.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 81},
        {"days": "7"},
        {"days": "never"},
        {"days": ""},
        {"scopes": []},
        {"scopes": ["admin"]},
    ],
)
def test_what_was_not_offered_is_refused(confirmed: Client, wrong: dict[str, object]) -> None:
    response = confirmed.post(PAGE, CHOICES | wrong)
    assert response.status_code == 400
    assert response.context["form"].errors.keys() == wrong.keys()
    assert not ApiToken.objects.exists()


def test_never_is_offered_where_the_server_allows_it(confirmed: Client, settings) -> None:
    assert 'value="never"' not in confirmed.get(PAGE).content.decode()
    settings.EASEL_TOKEN_NEVER_EXPIRES = True
    assert 'value="never"' in confirmed.get(PAGE).content.decode()
    confirmed.post(PAGE, CHOICES | {"days": "never"})
    assert ApiToken.objects.get().expiry is None


def test_administration_is_offered_to_staff(as_bob: Client, as_alice: Client) -> None:
    confirm(as_bob)
    assert 'value="admin"' in as_bob.get(PAGE).content.decode()
    assert 'value="admin"' not in as_alice.get(PAGE).content.decode()
    as_bob.post(PAGE, CHOICES | {"scopes": ["read", "write", "admin"]})
    assert ApiToken.objects.get().scope_list == ["read", "write", "admin"]


def test_too_many_are_refused(confirmed: Client, alice: User) -> None:
    for _ in range(MAX_TOKENS):
        ApiToken.issue(alice, days=1)
    response = confirmed.post(PAGE, CHOICES)
    assert response.status_code == 400
    assert "Revoke some first." in response.content.decode()


def test_making_many_quickly_is_stopped(confirmed: Client) -> None:
    codes = [confirmed.post(PAGE, CHOICES).status_code for _ in range(11)]
    assert codes == [200] * 10 + [429]
