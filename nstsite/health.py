"""Whether this process lives, and whether it can do its work: for service managers and load balancers.

Both answers are everybody's, so they name what is wrong and never why; the log says why.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_q.brokers import get_broker

from stylizer.heartbeat import MISSED_AFTER, was_heard_of

logger = logging.getLogger(__name__)

KEPT_SECONDS = 5.0
"""How long an answer stands. A check writes a file, which a stranger must not be able to ask for all day."""
_lock = threading.Lock()
_last: tuple[float, dict[str, str]] | None = None


class NotReady(Exception):
    """Something answers, but not as it must."""


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 while this process answers at all: restarting it would not mend a database that is gone."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when database, queue and storage work and a worker was heard of lately, else 503."""
    checks = _standing()
    ready = all(word == "ok" for word in checks.values())
    headers = {} if ready else {"Retry-After": str(int(KEPT_SECONDS))}
    return JsonResponse({"ready": ready, "checks": checks}, status=200 if ready else 503, headers=headers)


def _standing() -> dict[str, str]:
    global _last
    with _lock:  # one at a time: the others take what it finds
        if _last is None or time.monotonic() - _last[0] > KEPT_SECONDS:
            _last = time.monotonic(), {name: _word(name, check) for name, check in CHECKS.items()}
        return _last[1]


def _word(name: str, check: Callable[[], None]) -> str:
    try:
        check()
    except Exception:  # whatever a driver raises: each means that it does not work
        logger.warning("not ready: %s", name, exc_info=True)
        return "failed"
    return "ok"


def _check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _check_queue() -> None:
    if not get_broker().ping():
        raise NotReady("the broker does not answer")


def _check_storage() -> None:
    # A name of its own: several hosts ask the same store at the same moment.
    name = default_storage.save(f"probes/{uuid.uuid4()}", ContentFile(b"ready?"))
    try:
        with default_storage.open(name) as file:
            if file.read() != b"ready?":
                raise NotReady("the storage gave back something else")
    finally:
        default_storage.delete(name)


def _check_worker() -> None:
    if not was_heard_of():
        raise NotReady(f"no worker was heard of for {MISSED_AFTER}")


CHECKS: dict[str, Callable[[], None]] = {
    "database": _check_database,
    "queue": _check_queue,
    "storage": _check_storage,
    "worker": _check_worker,
}


def forget_answer() -> None:
    """Check anew at the next request; for tests, which break things on purpose."""
    global _last
    _last = None
