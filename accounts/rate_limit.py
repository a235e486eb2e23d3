"""How often one may ask; the rates are in the settings, beside django-allauth's own."""

from __future__ import annotations

from allauth.core.internal import ratelimit
from django.http import HttpRequest, HttpResponse


def too_many(request: HttpRequest, action: str) -> HttpResponse | None:
    """Count this request as ``action``; return the page that says "too many" when there were, with status 429."""
    # django-allauth's own wrapper lets every GET pass, and a guess or a large answer may be one.
    return ratelimit.consume_or_429(request, app="allauth.account", action=action, limit_get=True)
