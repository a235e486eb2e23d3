"""What Easel refuses, as one sentence for a person and one stable code for a program."""

from __future__ import annotations


class Rejected(Exception):
    """A request that cannot be accepted; nothing was stored or queued.

    ``field`` is the form or API field at fault ("photo", "style", "size"), or "" for the request as a whole.
    ``retry_after`` says in how many seconds it may be different, where that is known.
    """

    def __init__(
        self, code: str, detail: str, *, field: str = "", status: int = 400, retry_after: int | None = None
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.field = field
        self.status = status
        self.retry_after = retry_after
