"""How an invited visitor comes in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.invited import remember_invitation
from accounts.models import Invitation
from accounts.rate_limit import too_many


@require_safe
@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Lead from the link to the sign-up page; the secret does not stay in the address, where others may read it."""
    if stop := too_many(request, "invitation"):
        return stop
    found = Invitation.objects.of_link(token)
    if found is None:
        return render(request, "accounts/invitation_void.html", status=404)
    remember_invitation(request, found)
    return redirect("account_signup")
