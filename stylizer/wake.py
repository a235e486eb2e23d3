"""Waking workers. A message carries nothing: the worker takes whichever job is next in line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import Any

from django.conf import settings
from django.db import transaction
from django_q.brokers import Broker, get_broker
from django_q.tasks import async_task

from stylizer.models import Queue
from stylizer.queues import clusters_to_wake

INTAKE_TIMEOUT = 900
"""Seconds a worker may take for a style; the steps within have shorter limits of their own."""


def wake_worker(queue: str) -> None:
    """Send one message when the current transaction commits; a lost one costs a delay of some seconds."""
    wake_workers([queue])


def wake_workers(queues: Iterable[str]) -> None:
    """Send a message for each of these queues, which may be named several times; as :func:`wake_worker`."""
    for queue, count in Counter(queues).items():
        _send_on_commit(queue, count, "stylizer.tasks.paint_next")


def wake_here() -> None:
    """Send a message to the workers of this one's queue."""
    wake_worker(settings.EASEL_QUEUE)


def wake_for_previews(photo: object) -> None:
    """Send a message for the previews of a photo; as :func:`wake_worker`."""
    _send_on_commit(Queue.CPU, 1, "stylizer.tasks.paint_previews", str(photo))


def wake_for_intake() -> None:
    """Send a message for a style that is to be checked or measured; as :func:`wake_worker`."""
    _send_on_commit(Queue.LONG, 1, "stylizer.tasks.take_in_next", q_options={"timeout": INTAKE_TIMEOUT})


def wake_for_webhooks() -> None:
    """Send a message for deliveries that are due; as :func:`wake_worker`."""
    _send_on_commit(Queue.CPU, 1, "stylizer.tasks.send_webhooks")


@cache
def broker_of(queue: str) -> Broker:
    """Return what keeps the messages of a queue's workers; one for each process, since Redis' has connections."""
    return get_broker(settings.EASEL_CLUSTERS[queue])


def wake_to_sweep() -> None:
    """Send a message to look after what was lost, to a worker of this one's queue; as :func:`wake_worker`."""
    cluster = settings.EASEL_CLUSTERS[settings.EASEL_QUEUE]
    transaction.on_commit(lambda: async_task("stylizer.tasks.sweep", cluster=cluster), robust=True)


def _send_on_commit(queue: str, count: int, task: str, *arguments: str, **options: Any) -> None:
    def send() -> None:
        for cluster in clusters_to_wake(queue):
            for _ in range(count):
                async_task(task, *arguments, cluster=cluster, **options)

    # robust: the job is committed by now, so a queue out of reach must not turn its acceptance into an error.
    transaction.on_commit(send, robust=True)
