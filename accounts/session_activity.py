"""When and where from each signed-in browser was last seen, for the page that lists them."""

from __future__ import annotations

import time
from collections.abc import Callable

from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponseBase

NOTED_EVERY_SECONDS = 300
_KEY = "seen_at"


class SessionActivityMiddleware:
    """Notes it every five minutes; django-allauth's own would write to the database at every request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, then note it; a request that did not ask who is signed in costs nothing."""
        response = self.get_response(request)
        if request.session.accessed:
            note_activity(request)
        return response


def note_activity(request: HttpRequest) -> None:
    """Write down that this browser is signed in, if that was not done within five minutes.

    Sessions from before this was written down come into the list here.
    """
    now = int(time.time())
    if request.user.is_authenticated and now - request.session.get(_KEY, 0) >= NOTED_EVERY_SECONDS:
        request.session[_KEY] = now
        UserSession.objects.create_from_request(request)
