"""One example of everything that the API answers and takes about accounts, for its description."""

from __future__ import annotations

from typing import Any

SIGN_IN: dict[str, Any] = {
    "username": "alice",
    "password": "a long walk home",
    "name": "My script",
    "expires_in_days": 90,
    "scopes": ["read", "write"],
}
_FACTS: dict[str, Any] = {
    "id": "0d9d7a52-52d0-4c0c-9f60-9f6f5a1f8a10",
    "name": "My script",
    "scopes": ["read", "write"],
    "expiry": "2026-08-02T10:15:00.120000Z",
}
TOKEN: dict[str, Any] = _FACTS | {
    "beginning": "easel_1f4c9d",
    "created": "2026-05-04T10:15:00.120000Z",
    "last_used_at": None,
}
NEW_TOKEN: dict[str, Any] = _FACTS | {"token": "easel_1f4c9d…"}
