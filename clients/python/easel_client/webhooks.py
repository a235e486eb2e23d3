"""Knowing that a message of a webhook is the server's, whole, and of now."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Mapping

from easel_client.errors import InvalidSignature

HEADER = "Easel-Signature"
_PART = re.compile(r"(t|v1)=([0-9a-f]{1,128})", re.ASCII)


def verify_signature(
    headers: Mapping[str, str], body: bytes, secret: str, tolerance: float = 300, *, now: float | None = None
) -> None:
    """Return if the message is genuine.

    Args:
        headers: of the request; how their names are spelt does not matter.
        body: its bytes as they came, before anything reads them as JSON.
        secret: as the server told it when the webhook was made.
        tolerance: seconds that the message's time may differ from this machine's, either way. A message within it can
            still come twice: its ``Easel-Delivery`` header says whether it was there before.
        now: Unix time; the machine's where it is not given.

    Raises:
        InvalidSignature: there is none, it does not fit, or the message is too old or from the future.
    """
    found = [value for name, value in headers.items() if name.lower() == HEADER.lower()]
    if len(found) != 1:
        raise InvalidSignature(f"The message has {len(found) or 'no'} {HEADER} headers where there should be one.")
    matches = [_PART.fullmatch(part.strip()) for part in found[0].split(",")]
    times = [match[2] for match in matches if match and match[1] == "t"]
    signatures = [match[2] for match in matches if match and match[1] == "v1"]
    if len(times) != 1 or not times[0].isdigit() or not signatures:
        raise InvalidSignature(f"The {HEADER} header is not of the form t=…,v1=….")
    expected = hmac.new(secret.encode(), times[0].encode() + b"." + body, hashlib.sha256).hexdigest()
    # In constant time, so that how long it takes does not tell how much of a guess was right.
    if not any(hmac.compare_digest(expected, signature) for signature in signatures):
        raise InvalidSignature("The signature does not fit: another secret made it, or the message was changed.")
    if abs((time.time() if now is None else now) - int(times[0])) > tolerance:
        raise InvalidSignature(f"The message is not of now: its time differs by more than {tolerance:g} s.")
