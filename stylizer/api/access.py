"""Who may ask, where that is not the usual: whoever is signed in, with a token that covers it."""

from __future__ import annotations

from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.settings import api_settings

OPEN_TO_ALL: list[type[BasePermission]] = [
    permission  # type: ignore[misc]  # a class, once the settings are read
    for permission in api_settings.DEFAULT_PERMISSION_CLASSES
    if permission is not IsAuthenticated  # type: ignore[comparison-overlap]  # likewise
]
"""For what an anonymous visitor may see too: a token must still cover it, since its owner sees more."""
