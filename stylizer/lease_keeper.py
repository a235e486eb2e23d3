"""Renewing a lease beside the work, so that a stage longer than the lease is not taken for a dead worker."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol

from django.conf import settings
from django.db import close_old_connections, connection

from mlcore.errors import Cancelled
from stylizer import job_lifecycle, stopping
from stylizer.models import StyleIntake, Stylization
from stylizer.outage import OUTAGES
from stylizer.wake import wake_here

logger = logging.getLogger(__name__)

PROGRESS_INTERVAL = 0.25
"""Seconds between two writes of progress: people do not read faster, and each is an UPDATE."""
LOOK_INTERVAL = 0.25
"""Seconds between two looks whether the worker is to stop."""
LAST_GRACE = 2.0
"""Seconds that work which was handed back has to notice it. A painting may be deep in one long computation."""


class Renew(Protocol):
    """Extends a lease and notes the percent done; False when the work is no longer this worker's."""

    def __call__(self, job: Any, /, *, progress: int | None = None) -> bool:
        """Do so; ``None`` leaves the progress as it is."""


class LeaseKeeper:
    """Context manager around one job's work: renews in a thread and stops the work when the job is taken away.

    When the worker is to stop and time is up, it hands the job back, and ends the process if the work goes on.
    A database that is out of reach is waited for: it can only say later that the job was taken away.
    """

    def __init__(
        self,
        job: Stylization | StyleIntake,
        renew: Renew | None = None,
        hand_back: Callable[[Any], bool] | None = None,
        wake: Callable[[], None] = wake_here,
    ) -> None:
        self._job = job
        self._renew: Renew = renew or job_lifecycle.renew
        self._hand_back: Callable[[Any], bool] = hand_back or job_lifecycle.hand_back
        self._wake = wake
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

    def check(self) -> None:
        """Make sure that the job is still this worker's.

        Raises:
            Cancelled: it is not.
            OperationalError: the database does not say.
        """
        if self._lost.is_set() or not self._renew(self._job, progress=0):
            raise Cancelled

    def report(self, share: float) -> None:
        """Note the share done, 0 to 1.

        Raises:
            Cancelled: somebody cancelled the job, or the lease ran out and another worker may have it.
        """
        now = time.monotonic()
        if share < 1 and now - self._reported_at < PROGRESS_INTERVAL and not self._lost.is_set():
            return
        self._reported_at = now
        try:
            # 100 means "the result can be seen"; that is succeed()'s to say.
            if self._lost.is_set() or not self._renew(self._job, progress=min(99, round(100 * share))):
                raise Cancelled
        except OUTAGES:
            logger.warning("the progress of %s could not be noted", self._job.pk, exc_info=True)
            connection.close()

    def _keep(self) -> None:
        try:
            renewed_at = time.monotonic()
            while not self._done.wait(min(LOOK_INTERVAL, settings.EASEL_LEASE_SECONDS / 3)):
                try:
                    if stopping.time_is_up():
                        self._give_up()
                        return
                    if time.monotonic() - renewed_at < settings.EASEL_LEASE_SECONDS / 3:
                        continue
                    close_old_connections()
                    if not self._renew(self._job):
                        self._lost.set()
                        return
                    renewed_at = time.monotonic()
                except OUTAGES:
                    logger.warning("the lease of %s could not be renewed", self._job.pk, exc_info=True)
                    connection.close()
        finally:
            connection.close()

    def _give_up(self) -> None:
        if not self._hand_back(self._job):  # it has just ended, or is another's
            return
        self._lost.set()
        logger.info("%s was handed back, because this worker stops", self._job.pk)
        self._wake()
        connection.close()
        if not self._done.wait(LAST_GRACE):
            os._exit(0)  # what it had stored is removed by the next attempt
