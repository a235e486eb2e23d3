"""What a token may be used for. A signed-in browser is no token, and may do what its user may."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.models import ApiToken, Scope


class TokenHasScope(BasePermission):
    """Looking needs ``read``, everything else ``write``. Every view has it unless it says otherwise.

    What runs the server is for staff only, and of their tokens for those with ``admin`` as well; a view says with
    ``staff_only = True`` that it does, since a lower app cannot name what is here.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return whether it is somebody who may ask this at all.

        Raises:
            PermissionDenied: the token's scopes do not cover this.
        """
        if getattr(view, "staff_only", False):
            if not request.user.is_staff:
                return False
            _need(request, Scope.ADMIN)
        _need(request, Scope.READ if request.method in SAFE_METHODS else Scope.WRITE)
        return True


def _need(request: Request, scope: Scope) -> None:
    token = request.auth
    if isinstance(token, ApiToken) and scope not in token.scope_list:
        raise PermissionDenied(
            f'This token may not do that: it lacks the scope "{scope}". Make one that has it on your account page.',
            code="scope_missing",
        )
