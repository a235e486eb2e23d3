"""What Easel refuses, as one sentence for a person and one stable code for a program."""

from __future__ import annotations

RETRY_AFTER = {429: 30, 503: 5}
"""Seconds after which to come again, by status, where nobody knows better."""


class Rejected(Exception):
    """A request that cannot be accepted; nothing was stored or queued.

    ``field`` is the form or API field at fault ("photo", "style", "size"), or "" for the request as a whole.
    ``retry_after`` says in how many seconds it may be different, where waiting helps.
    """

    def __init__(
        self, code: str, detail: str, *, field: str = "", status: int = 400, retry_after: int | None = None
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.field = field
        self.status = status
        self.retry_after = RETRY_AFTER.get(status) if retry_after is None else retry_after


def server_busy() -> Rejected:
    """Return what somebody is told whose picture finds no turn."""
    return Rejected("busy", "The server is busy with other pictures. Try again in a moment.", status=503)
