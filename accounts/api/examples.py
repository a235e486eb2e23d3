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
ANOTHER: dict[str, Any] = {name: value for name, value in SIGN_IN.items() if name != "username"}
ME: dict[str, Any] = {
    "username": "alice",
    "email": "alice@example.org",
    "date_joined": "2026-01-12T09:00:00.120000Z",
    "is_staff": False,
    "quota": {
        "bytes_used": 48_213_007,
        "bytes_allowed": 2_000_000_000,
        "by_place": {"Gallery": 12_004_112, "History": 36_208_895},
    },
    "usage": {
        "photos": 9,
        "stylizations": 31,
        "waiting": 1,
        "artworks": 12,
        "albums": 2,
        "tokens": 1,
        "webhooks": 0,
    },
    "limits": {
        "waiting": 20,
        "upload_bytes": 40_000_000,
        "photo_pixels": 50_000_000,
        "painting_pixels": 16_000_000,
    },
}
