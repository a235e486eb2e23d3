"""Inviting people, in the administration."""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.models import Invitation

logger = logging.getLogger(__name__)


class InvitationForm(forms.ModelForm[Invitation]):
    """Whom, and for how long."""

    days = forms.TypedChoiceField(
        label="Valid for",
        coerce=int,
        choices=[(1, "1 day"), (7, "7 days"), (30, "30 days"), (90, "90 days")],
        initial=7,
        help_text="The link lets one person in, once.",
    )

    class Meta:
        model = Invitation
        fields = ("email",)


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin[Invitation]):
    """Links that let people in; each is shown once, after it is made."""

    form = InvitationForm
    list_display = ("recipient", "state", "invited_by", "used_by", "created_at", "expires_at")
    list_select_related = ("invited_by", "used_by")
    search_fields = ("email", "invited_by__username", "used_by__username")
    fields = ("email", "days")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was sent out cannot be changed; it can be deleted, and then lets nobody in."""
        return False

    @admin.display(description="for", ordering="email")
    def recipient(self, invitation: Invitation) -> str:
        """Return the address it is bound to."""
        return invitation.email or "anyone"

    @admin.display(description="state")
    def state(self, invitation: Invitation) -> str:
        """Return what the link would do."""
        if invitation.used_at:
            return "used"
        return "open" if invitation.is_usable else "expired"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Make the invitation, and send it where it is for somebody and there is a mail server."""
        obj.invited_by, obj.email = request.user, obj.email.lower()
        token = obj.make_link(form.cleaned_data["days"])
        super().save_model(request, obj, form, change)
        obj.link = request.build_absolute_uri(reverse("accounts:invitation", args=[token]))
        obj.was_sent = bool(obj.email and settings.EMAIL_HOST) and self._send(request, obj)

    def _send(self, request: HttpRequest, invitation: Any) -> bool:
        words = {
            "link": invitation.link,
            "expires_at": invitation.expires_at,
            "invited_by": request.user.get_username(),
        }
        try:
            get_adapter().send_mail("accounts/email/invitation", invitation.email, words)
        except OSError as error:  # smtplib's own exceptions are of this kind too
            logger.warning("the invitation for %s could not be sent: %s", invitation.email, error)
            return False
        return True

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Show the link, now or never: it is not kept."""
        context = self.admin_site.each_context(request) | {
            "title": "Invitation made",
            "opts": self.opts,
            "invitation": obj,
            "signup": settings.EASEL_SIGNUP,
        }
        response = TemplateResponse(request, "admin/accounts/invitation/made.html", context)
        response["Cache-Control"] = "no-store"
        return response
