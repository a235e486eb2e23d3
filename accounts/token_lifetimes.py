"""How long an API token may live, as its maker chooses."""

from __future__ import annotations

from django.conf import settings

_DAYS = (1, 30, 90, 365)


def offered_days() -> list[int | None]:
    """Return the lives to choose from, in days; ``None``, where this server allows it, for a token without an end."""
    days = sorted({*_DAYS, settings.EASEL_TOKEN_DAYS})
    return [*days, None] if settings.EASEL_TOKEN_NEVER_EXPIRES else [*days]


def longest_days() -> int:
    """Return the longest life in days."""
    return max(*_DAYS, settings.EASEL_TOKEN_DAYS)
