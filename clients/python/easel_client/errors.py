"""What can go wrong, as exceptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from easel_client.models import Job


class EaselError(Exception):
    """Anything that this package raises about a server or its answers."""


class Unreachable(EaselError):
    """The server did not answer, also not after the retries."""


class UnexpectedAnswer(EaselError):
    """What answered is no Easel, or one that this client does not understand."""


class ApiError(EaselError):
    """The server refused a request."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        fields: Mapping[str, Sequence[str]] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{detail} ({code})")
        self.status = status
        """HTTP's."""
        self.code = code
        """Stable; docs/api.md lists them."""
        self.detail = detail
        """One or two sentences for a person."""
        self.fields = {name: list(texts) for name, texts in (fields or {}).items()}
        """Sentences by the field at fault."""
        self.retry_after = retry_after
        """Seconds until it may be different, where the server says so."""


class BadRequest(ApiError):
    """400, 413 and 415: what was sent cannot be accepted."""


class NotAuthenticated(ApiError):
    """401: no token, or one that is wrong, revoked or out of date."""


class NotAllowed(ApiError):
    """403: the token lacks a scope, or its owner is not staff."""


class NotFound(ApiError):
    """404: there is no such thing, or it is not yours."""


class Conflict(ApiError):
    """409: it is in the wrong state for that."""


class TooManyRequests(ApiError):
    """429: a rate, a limit or a quota is used up."""


class ServerError(ApiError):
    """500 and more."""


_BY_STATUS: dict[int, type[ApiError]] = {
    400: BadRequest,
    413: BadRequest,
    415: BadRequest,
    401: NotAuthenticated,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    429: TooManyRequests,
}


def api_error(status: int, body: Any, retry_after: float | None = None) -> ApiError:
    """Return the exception for an answer of 400 or more, whatever its body is."""
    kind = _BY_STATUS.get(status, ServerError if status >= 500 else ApiError)
    problem = body.get("error") if isinstance(body, dict) else None
    if not isinstance(problem, dict):
        return kind(status, "unexpected", f"The server answered {status} without saying why.", None, retry_after)
    fields = problem.get("fields")
    return kind(
        status,
        str(problem.get("code", "unexpected")),
        str(problem.get("detail", "")),
        fields if isinstance(fields, dict) else None,
        retry_after,
    )


class PaintingFailed(EaselError):
    """A job ended without a painting: it failed or was cancelled."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.code = job.error.code if job.error else job.status
        self.detail = job.error.detail if job.error else "The painting was cancelled."
        super().__init__(f"{self.detail} ({self.code})")


class NotFinished(EaselError):
    """A job did not end in the time one would wait. It goes on."""

    def __init__(self, job: Job) -> None:
        super().__init__(f"The painting is not done yet. It goes on, as job {job.id}.")
        self.job = job


class InvalidSignature(EaselError):
    """A message was not signed with this secret, was changed, or is too old to be the first of its kind."""
