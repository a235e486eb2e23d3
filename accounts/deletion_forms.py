"""Asking whether somebody means it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils.html import format_html


class DeletionForm(forms.Form):
    """The username, so that nobody does it by mistake, and the password, so that nobody else does."""

    username = forms.CharField(
        label="Your username",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label="Your password",
        strip=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["username"].help_text = format_html("Type {} to confirm.", user.get_username())

    def clean_username(self) -> str:
        """Compare it letter by letter."""
        name: str = self.cleaned_data["username"]
        if name != self.user.get_username():
            raise forms.ValidationError("This is not your username.")
        return name

    def clean_password(self) -> str:
        """Compare it with the account's."""
        password: str = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise forms.ValidationError("This is not your password.")
        return password
