"""How often one may ask; the rates are in the settings, beside django-allauth's own."""

from __future__ import annotations

from allauth.core.internal import ratelimit
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request

from stylizer.rejections import Rejected


def too_many(request: HttpRequest, action: str) -> HttpResponse | None:
    """Count this request as ``action``; return the page that says "too many" when there were, with status 429."""
    # django-allauth's own wrapper lets every GET pass, and a guess or a large answer may be one.
    return ratelimit.consume_or_429(request, app="allauth.account", action=action, limit_get=True)


def check_rate(request: Request, action: str) -> None:
    """Count this request of a program as ``action``.

    Raises:
        Rejected: it is one too many (429).
    """
    # By the account and not by the token: another token must not give more tries.
    if ratelimit.consume(request._request, app="allauth.account", action=action, user=request.user) is None:
        raise Rejected("throttled", "You have asked for this too often. Try again later.", status=429, retry_after=60)
