"""Waking workers. A message carries nothing: the worker takes whichever job is next in line."""

from __future__ import annotations

from django.db import transaction
from django_q.tasks import async_task


def wake_worker() -> None:
    """Send one message when the current transaction commits; a lost one costs a delay of up to a minute."""
    # robust: the job is committed by now, so a queue out of reach must not turn its acceptance into an error.
    transaction.on_commit(lambda: async_task("stylizer.tasks.paint_next"), robust=True)
