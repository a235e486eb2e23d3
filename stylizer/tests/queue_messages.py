"""What waits in the queue for a worker, whichever broker keeps it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django_q.brokers import get_broker
from django_q.models import OrmQ
from django_q.signing import SignedPackage


def messages() -> list[str]:
    """Return what each message calls, by its dotted name, in the order they were sent."""
    return [task["func"] for task in _tasks()]


def clusters_of(function: str) -> list[str]:
    """Return to which of django-q's clusters the messages went that call ``function``, sorted."""
    return sorted(task["cluster"] for task in _tasks() if task["func"] == function)


def forget_messages() -> None:
    """Take every message away."""
    OrmQ.objects.all().delete()
    forget_redis()


def forget_redis() -> None:
    """Empty the Redis database that these tests have to themselves, where there is one: no rollback does it."""
    if "redis" in settings.Q_CLUSTER:
        get_broker().connection.flushdb()


def _tasks() -> list[dict[str, Any]]:
    if "redis" not in settings.Q_CLUSTER:
        return [message.task for message in OrmQ.objects.order_by("pk")]
    redis = get_broker().connection
    packed = [task for key in sorted(redis.keys("django_q:*:q")) for task in redis.lrange(key, 0, -1)]
    return [SignedPackage.loads(task) for task in packed]
