"""Pages that belong to no app."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views import defaults
from django.views.decorators.http import require_safe

from nstsite.early_answers import is_api, problem, refuse
from stylizer.models import Style
from stylizer.outage import is_outage
from stylizer.rejections import Rejected

OUTAGE = Rejected(
    "unavailable",
    "The server's database or disk does not answer just now, so this was not done. Try again in a moment.",
    status=503,
    retry_after=10,  # a database that restarts is back by then
)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front page; people who are signed in go straight to the studio."""
    if request.user.is_authenticated:
        return redirect("stylizer:studio")
    return render(request, "home.html", {"styles": Style.objects.published()})


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer an address that there is not: programs as the API does, people with a page."""
    if is_api(request):
        return problem("not_found", "Not found.", 404)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Answer a fault of this program, or that the server lacks something just now (503); its log says what."""
    if is_outage(sys.exception()):  # Django calls this while it handles the exception
        return refuse(request, OUTAGE, "outage.html")
    if is_api(request):
        return problem("internal_error", "Something broke on the server. Its log tells the administrator why.", 500)
    return defaults.server_error(request)
