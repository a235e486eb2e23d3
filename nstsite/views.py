"""Pages that belong to no app."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views import defaults
from django.views.decorators.http import require_safe

from nstsite.outages import RETRY_AFTER, is_outage
from stylizer.models import Style


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front page; people who are signed in go straight to the studio."""
    if request.user.is_authenticated:
        return redirect("stylizer:studio")
    return render(request, "home.html", {"styles": Style.objects.published()})


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer an address that there is not: programs as the API does, people with a page."""
    if _is_api(request):
        return _problem("not_found", "Not found.", 404)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Answer a fault of this program, or that the server lacks something just now (503); its log says what."""
    if is_outage(sys.exception()):  # Django calls this while it handles the exception
        return _outage(request)
    if _is_api(request):
        return _problem("internal_error", "Something broke on the server. Its log tells the administrator why.", 500)
    return defaults.server_error(request)


def _outage(request: HttpRequest) -> HttpResponse:
    detail = "The server's database or disk does not answer just now, so this was not done. Try again in a moment."
    if _is_api(request):
        response: HttpResponse = _problem("unavailable", detail, 503)
    elif request.path in (reverse("stylize"), reverse("stylize_download")):
        response = JsonResponse({"success": False, "error": detail, "code": "unavailable"}, status=503)
    else:
        response = HttpResponse(render_to_string("outage.html"), status=503)
    response["Retry-After"], response["Cache-Control"] = str(RETRY_AFTER), "no-store"
    return response


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/v1/")


def _problem(code: str, detail: str, status: int) -> JsonResponse:
    return JsonResponse({"error": {"code": code, "detail": detail, "fields": {}}}, status=status)
