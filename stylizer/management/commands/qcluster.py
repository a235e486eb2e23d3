"""``manage.py qcluster``, django-q's command, whose worker says that it lives, and hands back what it cannot finish.

It takes the place of django-q's because ``stylizer`` comes first in INSTALLED_APPS.
"""

from __future__ import annotations

import logging
import time
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import CommandError
from django.db import close_old_connections
from django_q import cluster as django_q_cluster
from django_q.cluster import Cluster
from django_q.management.commands.qcluster import Command as QueueCommand

from stylizer import heartbeat, job_lifecycle
from stylizer.killable_queue import KillableQueue
from stylizer.models import Queue, Status, Stylization
from stylizer.outage import OUTAGES
from stylizer.queues import served_here
from stylizer.stopping import ask_to_stop, is_stopping
from stylizer.tasks import sweep
from stylizer.wake import wake_here, wake_to_sweep

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 60
django_q_cluster.Queue = KillableQueue  # type: ignore[attr-defined]  # there is no setting for it


class StoppableCluster(Cluster):
    """Tells its painting processes when it is to stop."""

    sentinel: BaseProcess  # type: ignore[assignment]  # from start() on

    def sig_handler(self, signum: int, frame: FrameType | None) -> None:
        """Stop, once: a second signal in the middle of the first would wait for the lock that the first holds."""
        if ask_to_stop():
            super().sig_handler(signum, frame)  # type: ignore[no-untyped-call]


class Command(QueueCommand):
    """Run a worker."""

    help = (
        "Run a worker: it paints what waits, until SIGTERM or Ctrl-C. EASEL_QUEUE says which photos it is for, "
        "EASEL_WORKERS how many it paints at once."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until a signal, or once."""
        if options["cluster_name"]:
            raise CommandError("The queue of a worker is chosen by EASEL_QUEUE=cpu, gpu or long, and not by --name.")
        heartbeat.lead()
        cluster = StoppableCluster()
        cluster.start()
        if options["run_once"]:
            cluster.stop()
            return
        self._accompany(cluster)

    def _accompany(self, cluster: StoppableCluster) -> None:
        """Beat until the worker has stopped. From here, not from a painting process: those may be busy for minutes."""
        stood_in_at = time.monotonic()
        while not is_stopping() and cluster.sentinel.is_alive():
            close_old_connections()
            heartbeat.beat()
            self._look_for_lost_jobs()
            if time.monotonic() - stood_in_at >= SWEEP_SECONDS:
                stood_in_at = time.monotonic()
                self._stand_in()
            cluster.sentinel.join(heartbeat.INTERVAL)
        cluster.sentinel.join()
        heartbeat.stop_beating()
        if not is_stopping():
            raise CommandError("The worker's guard has ended, which it should not: its log tells why. Start it again.")
        self._leave_to_others()

    def _look_for_lost_jobs(self) -> None:
        """Bring back those of workers that died, and find those whose message went with one: each is waited for.

        The sweep does both, but is a message itself, and comes by once a minute.
        """
        try:
            if job_lifecycle.reap():
                sweep()
            elif job_lifecycle.waiting_in(served_here()).exists() and not self._is_painting():
                wake_here()
        except OUTAGES:
            logger.warning("the database is out of reach; looking for lost jobs later", exc_info=True)

    def _is_painting(self) -> bool:
        running = Stylization.objects.filter(status=Status.RUNNING)
        return running.filter(worker__startswith=f"{heartbeat.leader_name()}:").exists()

    def _stand_in(self) -> None:
        """See that jobs are looked after where none of those workers lives that django-q's schedules run in."""
        if settings.EASEL_QUEUE == Queue.CPU:
            return
        try:
            if Queue.CPU not in heartbeat.living_processes():
                wake_to_sweep()
        except OUTAGES:
            logger.warning("the database is out of reach; looking after lost jobs in a minute", exc_info=True)

    def _leave_to_others(self) -> None:
        """Wake workers of other queues, if there are any, for what only this one served until now."""
        try:
            if heartbeat.living_processes():
                sweep()
        except OUTAGES:
            logger.warning("others were not told that this worker has stopped; they notice in a minute", exc_info=True)
