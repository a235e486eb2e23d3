"""A name for each request, in its answer and in every line that is logged meanwhile."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

request_id: ContextVar[str] = ContextVar("request_id", default="")
HEADER = "X-Request-ID"
_ACCEPTED = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)


class RequestIdMiddleware:
    """Take the proxy's name for the request where there is a proxy to trust, else make one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with the name in the header ``X-Request-ID``."""
        given = request.headers.get(HEADER, "") if settings.EASEL_TRUSTED_PROXIES else ""
        # Set and not reset: the server logs the answer after this, and the next request of the thread sets its own.
        request_id.set(given if _ACCEPTED.fullmatch(given) else uuid.uuid4().hex)
        response = self.get_response(request)
        response.headers[HEADER] = request_id.get()
        return response
