"""``manage.py qcluster``, django-q's command, whose worker says that it lives, and hands back what it cannot finish.

It takes the place of django-q's because ``stylizer`` comes first in INSTALLED_APPS.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import CommandError
from django.db import Error, close_old_connections, connection
from django_q import cluster as django_q_cluster
from django_q.cluster import Cluster
from django_q.management.commands.qcluster import Command as QueueCommand

from stylizer import heartbeat, job_lifecycle
from stylizer.killable_queue import KillableQueue
from stylizer.models import IntakeState, Queue, Status, StyleIntake, Stylization
from stylizer.queues import served_here
from stylizer.stopping import ask_to_stop, is_stopping
from stylizer.tasks import sweep
from stylizer.wake import broker_of, wake_to_sweep, wake_workers

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 60
django_q_cluster.Queue = KillableQueue  # type: ignore[attr-defined]  # there is no setting for it


class StoppableCluster(Cluster):
    """Tells its painting processes when it is to stop."""

    sentinel: BaseProcess  # type: ignore[assignment]  # from start() on
    stop_event: Event | None  # type: ignore[assignment]  # as the guard

    def sig_handler(self, signum: int, frame: FrameType | None) -> None:
        """Ask it to stop; whoever waits for its end does so elsewhere.

        Not here: this runs in the middle of whatever the process was doing, which may hold a lock of the database that
        the painting processes need in order to end.
        """
        if ask_to_stop():
            self.ask_guard_to_stop()

    def ask_guard_to_stop(self) -> None:
        """Have the guard end all processes, in order."""
        if self.stop_event is not None:
            self.stop_event.set()


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
        try:
            self._accompany(cluster)
        finally:
            cluster.ask_guard_to_stop()  # after a fault here too: a worker that says nothing shall end and start anew

    def _accompany(self, cluster: StoppableCluster) -> None:
        """Beat until the worker has stopped. From here, not from a painting process: those may be busy for minutes."""
        is_first, stood_in_at = True, time.monotonic()
        while not is_stopping() and cluster.sentinel.is_alive():
            close_old_connections()
            if self._hears_messages():
                heartbeat.beat(is_first=is_first)
                is_first = False
            _unless_out_of_reach(look_for_lost_jobs)
            if time.monotonic() - stood_in_at >= SWEEP_SECONDS:
                stood_in_at = time.monotonic()
                _unless_out_of_reach(stand_in)
            cluster.sentinel.join(heartbeat.INTERVAL)
        if is_stopping():
            cluster.ask_guard_to_stop()  # the signal may have come before there was a guard
        cluster.sentinel.join()
        heartbeat.stop_beating()
        if not is_stopping():
            raise CommandError("The worker's guard has ended, which it should not: its log tells why. Start it again.")
        _unless_out_of_reach(leave_to_others)

    def _hears_messages(self) -> bool:
        """Return whether the broker answers. Where it does not, others who hear of photos shall take them."""
        try:
            return bool(broker_of(settings.EASEL_QUEUE).ping())
        except Exception:  # the broker's library has its own
            logger.warning("the queue is out of reach", exc_info=True)
            return False


def look_for_lost_jobs() -> None:
    """Bring back those of workers that died, and find those whose message went with one: somebody waits for each.

    The sweep does both, but is a message itself, and comes by once a minute.
    """
    if job_lifecycle.reap():
        sweep()
        return
    mine = f"{heartbeat.leader_name()}:"
    busy = Stylization.objects.filter(status=Status.RUNNING, worker__startswith=mine).count()
    busy += StyleIntake.objects.filter(state=IntakeState.RUNNING, worker__startswith=mine).count()
    idle = max(0, settings.EASEL_WORKERS - busy)
    waiting = job_lifecycle.waiting_in(served_here())[:idle].count() if idle else 0
    wake_workers([settings.EASEL_QUEUE] * waiting)


def stand_in() -> None:
    """See that jobs are looked after where none of those workers lives that django-q's schedules run in."""
    if settings.EASEL_QUEUE != Queue.CPU and Queue.CPU not in heartbeat.living_processes():
        wake_to_sweep()


def leave_to_others() -> None:
    """Wake workers of other queues, if there are any, for what only this one served until now."""
    if heartbeat.living_processes():
        sweep()


def _unless_out_of_reach(act: Callable[[], None]) -> None:
    """Do what is done again soon, or by others: a database that is away is only logged."""
    try:
        act()
    except Error:
        logger.warning("%s: the database is out of reach", act.__name__, exc_info=True)
        connection.close()
