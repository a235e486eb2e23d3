"""When and where from each signed-in browser was last seen, for the page that lists them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from allauth.usersessions.models import UserSession
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponseBase

logger = logging.getLogger(__name__)

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
        try:
            UserSession.objects.create_from_request(request)
        except (ImproperlyConfigured, PermissionDenied) as error:
            # Where from is not known, for instance because EASEL_TRUSTED_PROXIES is wrong. The page is worth more.
            logger.warning("a signed-in browser cannot be listed: %s", error)
