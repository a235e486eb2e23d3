"""Renewing a lease beside the work, so that a stage longer than the lease is not taken for a dead worker."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Any, Protocol

from django.conf import settings
from django.db import close_old_connections, connection

from mlcore.errors import Cancelled
from stylizer import job_lifecycle
from stylizer.heartbeat import beat
from stylizer.models import StyleIntake, Stylization

PROGRESS_INTERVAL = 0.25
"""Seconds between two writes of progress: people do not read faster, and each is an UPDATE."""


class Renew(Protocol):
    """Extends a lease and notes the percent done; False when the work is no longer this worker's."""

    def __call__(self, job: Any, /, *, progress: int | None = None) -> bool:
        """Do so; ``None`` leaves the progress as it is."""


class LeaseKeeper:
    """Context manager around one job's work: renews in a thread and stops the work when the job is taken away."""

    def __init__(self, job: Stylization | StyleIntake, renew: Renew | None = None) -> None:
        self._job = job
        self._renew: Renew = renew or job_lifecycle.renew
        self._done = threading.Event()
        self._lost = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"lease {job.pk}", daemon=True)
        self._reported_at = 0.0

    def __enter__(self) -> LeaseKeeper:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def report(self, share: float) -> None:
        """Note the share done, 0 to 1.

        Raises:
            Cancelled: somebody cancelled the job, or the lease ran out and another worker may have it.
        """
        now = time.monotonic()
        if share < 1 and now - self._reported_at < PROGRESS_INTERVAL and not self._lost.is_set():
            return
        self._reported_at = now
        # 100 means "the result can be seen"; that is succeed()'s to say.
        if self._lost.is_set() or not self._renew(self._job, progress=min(99, round(100 * share))):
            raise Cancelled

    def _keep(self) -> None:
        try:
            while not self._done.wait(settings.EASEL_LEASE_SECONDS / 3):
                close_old_connections()
                beat()
                if not self._renew(self._job):
                    self._lost.set()
                    return
        finally:
            connection.close()
