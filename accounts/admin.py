"""Administration of accounts."""

from allauth.usersessions.models import UserSession
from django.contrib import admin

from accounts.invitation_admin import InvitationAdmin
from accounts.user_admin import EaselUserAdmin

# Who is signed in where is their own; each sees it on the account page.
admin.site.unregister(UserSession)

__all__ = ["EaselUserAdmin", "InvitationAdmin"]
