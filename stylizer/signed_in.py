"""Who is signed in, where only they can get."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import HttpRequest
from rest_framework.request import Request


def signed_in(request: HttpRequest | Request) -> User:
    """Return the visitor, for views behind ``login_required`` or a permission that asks as much."""
    assert isinstance(request.user, User)  # noqa: S101  # said to the type checker
    return request.user
