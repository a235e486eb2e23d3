"""Who may ask, where that is not the usual: whoever is signed in, with a token that covers it."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.views import APIView

OPEN_TO_ALL: list[type[BasePermission]] = [
    permission  # type: ignore[misc]  # a class, once the settings are read
    for permission in api_settings.DEFAULT_PERMISSION_CLASSES
    if permission is not IsAuthenticated  # type: ignore[comparison-overlap]  # likewise
]
"""For what an anonymous visitor may see too: a token must still cover it, since its owner sees more."""


class IsStaffOfModel(BasePermission):
    """Staff who may do the same to the view's model in the administration: look at it, or change it."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return whether they may; a view's ``adds`` names the actions that make a row."""
        user = request.user
        options = view.queryset.model._meta
        if request.method in SAFE_METHODS:
            verbs = ["view", "change"]
        else:
            verbs = ["add" if view.action in view.adds else "change"]
        allowed = (user.has_perm(f"{options.app_label}.{verb}_{options.model_name}") for verb in verbs)
        return bool(user.is_staff and any(allowed))


class StaffOnly(APIView):
    """A view of what runs the server; put it first among the bases.

    ``staff_only`` tells the token's permission, which a higher app has, to want the scope for administration.
    """

    staff_only = True
    permission_classes = [*api_settings.DEFAULT_PERMISSION_CLASSES, IsStaffOfModel]  # type: ignore[list-item]
    adds: tuple[str, ...] = ("create",)
