"""Addresses that there are not, and faults of this program: programs get the API's errors, people get pages."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from accounts.models import ApiToken
from stylizer.api.views import StyleViewSet

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
