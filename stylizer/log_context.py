"""Which job a line of the log is about."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

job_id: ContextVar[str] = ContextVar("job_id", default="")


@contextlib.contextmanager
def logged_as(pk: object) -> Iterator[None]:
    """Let every line that this thread logs meanwhile name the job, by its id."""
    token = job_id.set(str(pk))
    try:
        yield
    finally:
        job_id.reset(token)
