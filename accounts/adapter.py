"""What Easel decides about accounts; everything else is django-allauth's."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from accounts.invited import invitation_of


class AccountAdapter(DefaultAccountAdapter):
    """Signing up is open, by invitation or closed, as a setting says."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return whether this visitor may create an account."""
        if settings.EASEL_SIGNUP == "invitation":
            return invitation_of(request) is not None
        return bool(settings.EASEL_SIGNUP == "open")
