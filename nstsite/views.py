"""Pages that belong to no app."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from stylizer.models import Style


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front page; people who are signed in go straight to the studio."""
    if request.user.is_authenticated:
        return redirect("stylizer:studio")
    return render(request, "home.html", {"styles": Style.objects.published()})
