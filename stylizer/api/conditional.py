"""``ETag`` and ``If-None-Match``: what a program has already is not sent again."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from rest_framework import status
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

ASK_EVERY_TIME = "private, no-cache"
"""May be kept by whoever asked, who asks each time whether it is still so."""


class Conditional(APIView):
    """A view whose JSON has an ``ETag`` made of what it says; put it first among the bases.

    The answer is put together all the same: what is spared is sending it, and that its reader compares it.
    """

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Return the response, which becomes 304 once it is rendered if the program has it already."""
        response = super().finalize_response(request, response, *args, **kwargs)
        is_answer = isinstance(response, Response) and response.status_code == status.HTTP_200_OK
        if is_answer and request.method in SAFE_METHODS and request.method != "OPTIONS":
            response.headers.setdefault("Cache-Control", ASK_EVERY_TIME)
            patch_vary_headers(response, ["Authorization", "Cookie"])
            response.add_post_render_callback(lambda rendered: _unless_known(request._request, rendered))
        return response


def _unless_known(request: HttpRequest, response: Any) -> HttpResponseBase | None:
    # Weak, since a proxy may compress the text.
    response["ETag"] = f'W/"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    answer = get_conditional_response(request, etag=response["ETag"], response=response)
    return None if answer is response else answer
