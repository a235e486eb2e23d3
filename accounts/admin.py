"""Administration of accounts."""

from accounts.invitation_admin import InvitationAdmin

__all__ = ["InvitationAdmin"]
