"""What proves to a receiver that a message is Easel's, whole, and of now."""

from __future__ import annotations

import hashlib
import hmac


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """Return ``t=<unix seconds>,v1=<hex>``, the HMAC-SHA256 of ``t.body`` under the secret as it was shown."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"t={timestamp},v1={digest.hexdigest()}"
