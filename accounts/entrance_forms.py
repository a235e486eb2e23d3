"""Signing in and up: what differs from django-allauth's forms."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.core import context
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.invited import forget_invitation, invitation_of


class LoginForm(AllauthLoginForm):
    """Either name or e-mail address signs in; the field says so."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Username or e-mail address"


class SignupForm(AllauthSignupForm):
    """Uses up the invitation that the visitor came with."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invitation = invitation_of(context.request)
        if self.invitation is not None and self.invitation.email:
            address = self.fields["email"]
            # Disabled: Django takes the initial value whatever the browser sends.
            address.initial, address.disabled = self.invitation.email, True
            address.label, address.help_text = "E-mail address", "The invitation is for this address."

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Make the account and use up its invitation, both or neither; else answer with the page that says why."""
        with transaction.atomic():
            user, response = super().try_save(request)
            if self.invitation is not None and user is not None and not self.invitation.use(user):
                transaction.set_rollback(True)  # of two who used one link at the same moment, this is the second
                return None, redirect("account_signup")
        if user is not None:
            forget_invitation(request)
        return user, response
