"""What every page's template may ask."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def signup(request: HttpRequest) -> dict[str, object]:
    """Say whether to offer signing up: to everybody, to invited people, to nobody."""
    return {"signup_open": settings.EASEL_SIGNUP == "open", "signup": settings.EASEL_SIGNUP}
