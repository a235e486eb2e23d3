"""What Easel decides about accounts; everything else is django-allauth's."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Signing up can be closed by a setting."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return whether anyone may create an account."""
        return bool(settings.ACCOUNT_SIGNUP_OPEN)
