"""What an account has beside its jobs and works."""

from accounts.models.invitation import Invitation

__all__ = ["Invitation"]
