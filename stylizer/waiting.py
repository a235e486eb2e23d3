"""Waiting for jobs within a request, and how many requests may do so at a time.

A request that waits holds one of the web process's few threads. Whoever finds no place is told so, and is not kept.
"""

from __future__ import annotations

import time
from collections.abc import Collection

from django.conf import settings
from django.db import connection

from stylizer.models import Stylization
from stylizer.places import Places
from stylizer.upload_places import leave_upload_place

_SHORT, _LONG = 0.015, 0.2
"""Seconds between two looks: at first, where most small paintings are done, and after some seconds."""
_SOON = 2.0
"""Seconds that are taken for the first."""


def wait_for(jobs: Collection[Stylization], seconds: float) -> bool:
    """Wait until all of ``jobs`` have ended, but not longer than ``seconds``; return whether they have."""
    leave_upload_place()
    active = Stylization.objects.active().filter(pk__in=[job.pk for job in jobs])
    start = time.monotonic()
    while active.exists():
        waited = time.monotonic() - start
        if waited >= seconds:
            return False
        pause = _SHORT if waited < _SOON else _LONG
        release_connection(pause)
        time.sleep(min(pause, seconds - waited))
    return True


def release_connection(pause: float) -> None:
    """Give the database its connection back where the next question is some time away."""
    # Opening one takes some milliseconds, so that it is kept for a shorter while.
    if pause >= _LONG and not connection.in_atomic_block:
        connection.close()


WAITERS = Places(lambda: settings.EASEL_WAITING_REQUESTS)
"""Requests that wait for paintings: /stylize, /stylize_download, and those with ``Prefer: wait``."""
STREAMS = Places(lambda: settings.EASEL_EVENT_STREAMS, lambda: settings.EASEL_EVENT_STREAMS_PER_USER)
"""Streams of events."""
