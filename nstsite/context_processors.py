"""What every page's template may ask."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def signup(request: HttpRequest) -> dict[str, bool]:
    """Say whether to offer signing up."""
    return {"signup_open": settings.ACCOUNT_SIGNUP_OPEN}
