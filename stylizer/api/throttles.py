"""How often programs may ask, per token and per address, and telling them how much is left.

Counted in windows of a minute. What makes something is counted for all processes together; everything else, which is
asked so often that writing it down each time would cost more than answering, by each process for itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

WINDOW = 60
"""Seconds."""
CREATE, REQUEST = "create", "request"
PEOPLE_BEHIND_AN_ADDRESS = 4
"""How many times the rate of one token an address has, since an office or a family may share one."""


class Allowance(NamedTuple):
    """What is left of a rate, and the seconds until it is whole again."""

    remaining: int
    limit: int
    reset: int


class _Rate(BaseThrottle):
    """So many requests a minute by whoever :meth:`ident` says it is."""

    factor = 1
    _reset = WINDOW

    def ident(self, request: Request) -> str | None:
        """Return who asks, or ``None`` where this rate says nothing about them."""
        raise NotImplementedError

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count the request and return whether it is not one too many."""
        who = self.ident(request)
        if who is None:
            return True
        kind = kind_of(request, view)
        limit = settings.EASEL_API_RATES[kind] * self.factor
        now = time.time()
        cache = caches["default" if kind == CREATE else "process"]
        name = f"rate:{kind}:{who}:{int(now // WINDOW)}"
        count = cache.get(name, 0) + 1  # two at once may count as one, which lets few more through
        self._reset = WINDOW - int(now % WINDOW)
        if count <= limit:
            cache.set(name, count, timeout=WINDOW + 1)
        allowance = Allowance(max(0, limit - count), limit, self._reset)
        request._request.allowance = min(getattr(request._request, "allowance", allowance), allowance)  # type: ignore[attr-defined]
        return bool(count <= limit)

    def wait(self) -> float:
        """Return the seconds until the next window."""
        return float(self._reset)


class TokenRate(_Rate):
    """By token; of a signed-in browser, by account."""

    def ident(self, request: Request) -> str | None:
        """Return the token's public name, or the account."""
        if not request.user.is_authenticated:
            return None
        return f"token:{getattr(request.auth, 'public_id', '')}" if request.auth else f"user:{request.user.pk}"


class AddressRate(_Rate):
    """By the address that the request came from."""

    factor = PEOPLE_BEHIND_AN_ADDRESS

    def ident(self, request: Request) -> str | None:
        """Return the address."""
        return f"address:{self.get_ident(request)}"


def kind_of(request: Request, view: Any) -> str:
    """Return what a request is counted as: a POST that a view of the scope "create" makes something for, or another."""
    makes = request.method == "POST" and getattr(view, "action", CREATE) == CREATE
    return CREATE if makes and getattr(view, "throttle_scope", None) == CREATE else REQUEST


class RateLimitHeaders:
    """Middleware: ``RateLimit-Limit``, ``-Remaining`` and ``-Reset`` (seconds), of the rate that is nearer its end."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Add the headers where rates were counted."""
        response = self._get_response(request)
        allowance: Allowance | None = getattr(request, "allowance", None)
        if allowance is not None:
            response["RateLimit-Limit"] = str(allowance.limit)
            response["RateLimit-Remaining"] = str(allowance.remaining)
            response["RateLimit-Reset"] = str(allowance.reset)
        return response
