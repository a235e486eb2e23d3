"""Knowing a program by its token."""

from __future__ import annotations

from typing import Any

from knox.auth import TokenAuthentication as KnoxTokenAuthentication


class TokenAuthentication(KnoxTokenAuthentication):
    """knox's, which also notes when a token was used."""

    def validate_user(self, auth_token: Any) -> Any:
        """Return user and token of a token that is good."""
        answer = super().validate_user(auth_token)  # type: ignore[no-untyped-call]
        auth_token.note_use()
        return answer
