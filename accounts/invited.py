"""The invitation that a browser came with, remembered in its session from the link to the end of the sign-up."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.models import Invitation

_KEY = "invitation"


def remember_invitation(request: HttpRequest, invitation: Invitation) -> None:
    """Keep it for the sign-up page, so that its secret need not stay in an address."""
    request.session[_KEY] = str(invitation.pk)


def invitation_of(request: HttpRequest) -> Invitation | None:
    """Return the usable invitation this browser came with."""
    pk = request.session.get(_KEY)
    return Invitation.objects.usable().filter(pk=pk).select_related("invited_by").first() if pk else None


def forget_invitation(request: HttpRequest) -> None:
    """It was used."""
    request.session.pop(_KEY, None)
