"""``manage.py qcluster``, django-q's command, with a worker that hands back what it cannot finish when it stops.

It takes the place of django-q's because ``stylizer`` comes first in INSTALLED_APPS.
"""

from __future__ import annotations

import os
from types import FrameType
from typing import Any

from django_q.cluster import Cluster
from django_q.management.commands.qcluster import Command as QueueCommand

from stylizer.stopping import ask_to_stop


class StoppableCluster(Cluster):
    """Tells its painting processes when it is to stop."""

    def sig_handler(self, signum: int, frame: FrameType | None) -> None:
        """Stop, once: a second signal in the middle of the first would wait for the lock that the first holds."""
        if ask_to_stop():
            super().sig_handler(signum, frame)  # type: ignore[no-untyped-call]


class Command(QueueCommand):
    """Run a worker."""

    help = "Run a worker: it paints what waits, until SIGTERM or Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until a signal, or once."""
        if options["cluster_name"]:
            os.environ["Q_CLUSTER_NAME"] = options["cluster_name"]
        cluster = StoppableCluster()
        cluster.start()
        if options["run_once"]:
            cluster.stop()
