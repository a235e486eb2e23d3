"""Making an API token."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User

from accounts.models import Scope
from accounts.models.api_token import DEFAULT_SCOPES, TOO_MANY_TOKENS, has_room_for_a_token
from accounts.token_lifetimes import offered_days


class TokenForm(forms.Form):
    """What it is for, how long it lives and what it may do."""

    name = forms.CharField(
        max_length=80, help_text="What uses it, so that you know later which one to revoke: for instance “laptop”."
    )
    days = forms.TypedChoiceField(
        label="Ends",
        coerce=lambda value: int(value) if value != "never" else None,
        widget=forms.Select(attrs={"class": "input"}),
    )
    scopes = forms.MultipleChoiceField(label="It may", widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        days, scopes = self.fields["days"], self.fields["scopes"]
        assert isinstance(days, forms.TypedChoiceField)  # noqa: S101  # said to the type checker
        assert isinstance(scopes, forms.MultipleChoiceField)  # noqa: S101  # likewise
        days.choices = [(number or "never", _ends(number)) for number in offered_days()]
        days.initial = settings.EASEL_TOKEN_DAYS
        scopes.choices = [choice for choice in Scope.choices if choice[0] != Scope.ADMIN or user.is_staff]
        scopes.initial = list(DEFAULT_SCOPES)

    def clean(self) -> dict[str, Any]:
        """Refuse one too many."""
        if not has_room_for_a_token(self.user):
            raise forms.ValidationError(TOO_MANY_TOKENS)
        return self.cleaned_data


def _ends(days: int | None) -> str:
    if days is None:
        return "never"
    return f"after {days} day{'s' if days > 1 else ''}"
