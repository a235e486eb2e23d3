"""Waking workers. A message carries nothing: the worker takes whichever job is next in line."""

from __future__ import annotations

from django.db import transaction
from django_q.tasks import async_task

INTAKE_TIMEOUT = 900
"""Seconds a worker may take for a style; the steps within have shorter limits of their own."""


def wake_worker() -> None:
    """Send one message when the current transaction commits; a lost one costs a delay of up to a minute."""
    # robust: the job is committed by now, so a queue out of reach must not turn its acceptance into an error.
    transaction.on_commit(lambda: async_task("stylizer.tasks.paint_next"), robust=True)


def wake_for_intake() -> None:
    """Send a message for a style that is to be checked or measured; as :func:`wake_worker`."""
    transaction.on_commit(
        lambda: async_task("stylizer.tasks.take_in_next", q_options={"timeout": INTAKE_TIMEOUT}), robust=True
    )


def wake_for_webhooks() -> None:
    """Send a message for deliveries that are due; as :func:`wake_worker`."""
    transaction.on_commit(lambda: async_task("stylizer.tasks.send_webhooks"), robust=True)
