"""What a token may be used for, and what is written down of its use."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.permissions import TokenHasScope
from accounts.models import ApiToken

JOBS = "/api/v1/stylizations/"


class Restart(APIView):
    """What an address for administrators looks like."""

    permission_classes = (TokenHasScope,)
    staff_only = True

    def get(self, request):
        return Response({})

    def post(self, request):
        return Response({})


def with_scopes(user: User, *scopes: str) -> Client:
    _, text = ApiToken.issue(user, days=1, scopes=scopes)
    return Client(headers={"authorization": f"Token {text}"})


@pytest.mark.parametrize(
    ("scopes", "can_read", "can_write"),
    [(["read"], True, False), (["write"], False, True), (["read", "write"], True, True), (["admin"], False, False)],
)
def test_reading_and_writing(alice: User, alices_job, scopes, can_read: bool, can_write: bool) -> None:
    client = with_scopes(alice, *scopes)
    read = client.get(JOBS)
    assert read.status_code == (200 if can_read else 403)
    write = client.post(f"{JOBS}{alices_job.pk}/cancel/")
    assert write.status_code == (409 if can_write else 403)
    for response in (read, write):
        if response.status_code == 403:
            assert response.json()["error"]["code"] == "scope_missing"
    assert client.post("/stylize").status_code == (400 if can_write else 403)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("name", "scopes", "status"),
    [
        ("bob", ["read", "write", "admin"], 200),
        ("bob", ["read", "write"], 403),
        ("charlie", ["read", "write", "admin"], 403),
    ],
)
def test_administering_needs_the_scope_and_staff(bob, charlie, name: str, scopes, status: int, method: str) -> None:
    user = {"bob": bob, "charlie": charlie}[name]
    _, text = ApiToken.issue(user, days=1, scopes=scopes)
    request = getattr(RequestFactory(), method)("/", headers={"authorization": f"Token {text}"})
    assert Restart.as_view()(request).status_code == status


def api_views(patterns: list[URLPattern | URLResolver]):
    for entry in patterns:
        if isinstance(entry, URLResolver):
            yield from api_views(entry.url_patterns)
        else:
            view = getattr(entry.callback, "cls", None) or getattr(entry.callback, "view_class", None)
            if view is not None and issubclass(view, APIView):
                yield view


def test_no_address_forgets_to_ask() -> None:
    views = set(api_views(get_resolver().url_patterns))
    assert len(views) >= 5
    for view in views:
        asks = any(issubclass(permission, TokenHasScope) for permission in view.permission_classes)
        assert asks or list(view.permission_classes) == [AllowAny], view


def test_a_browser_needs_no_scope(as_alice: Client, alices_job) -> None:
    assert as_alice.get(JOBS).status_code == 200
    assert as_alice.post(f"{JOBS}{alices_job.pk}/cancel/").status_code == 409


def test_use_is_noted_at_most_once_a_minute(alice: User, django_assert_num_queries) -> None:
    client = with_scopes(alice, "read")
    assert ApiToken.objects.get().last_used_at is None
    client.get(JOBS)
    first = ApiToken.objects.get().last_used_at
    assert timezone.now() - first < timedelta(minutes=1)
    client.get(JOBS)
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(minutes=2))
    client.get(JOBS)
    assert ApiToken.objects.get().last_used_at > first - timedelta(minutes=1)


def test_a_wrong_token_notes_nothing(alice: User) -> None:
    _, text = ApiToken.issue(alice, days=1)
    client = Client(headers={"authorization": f"Token {text[:-1]}{'0' if text[-1] != '0' else '1'}"})
    assert client.get(JOBS).status_code == 401
    assert ApiToken.objects.get().last_used_at is None


def test_tokens_can_be_told_by_programs_that_look_for_secrets(alice: User) -> None:
    token, text = ApiToken.issue(alice, days=1)
    assert text.startswith("easel_")
    assert text.startswith(token.beginning)
    assert len(text) - len(token.beginning) > 50
    assert settings.REST_KNOX["TOKEN_PREFIX"] == "easel_"
