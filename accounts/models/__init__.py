"""What an account has beside its jobs and works."""

from accounts.models.api_token import ApiToken, Scope
from accounts.models.file_removal import FileRemoval
from accounts.models.invitation import Invitation

__all__ = ["ApiToken", "FileRemoval", "Invitation", "Scope"]
