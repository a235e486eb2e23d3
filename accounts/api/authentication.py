"""Knowing a program by its token."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication as KnoxTokenAuthentication


class TokenAuthentication(KnoxTokenAuthentication):
    """knox's, which also notes when a token was used."""

    def validate_user(self, auth_token: Any) -> Any:
        """Return user and token of a token that is good."""
        answer = super().validate_user(auth_token)  # type: ignore[no-untyped-call]
        auth_token.note_use()
        return answer


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # it registers itself
    """How the API's description calls it."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the header: no registered scheme of HTTP is called Token."""
        description = "`Token ` and the token, as in `Authorization: Token easel_…`."
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": description}
