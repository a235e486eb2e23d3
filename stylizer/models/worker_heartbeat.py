"""That a worker lives."""

from __future__ import annotations

from django.db import models

from stylizer.models.queue import Queue


class WorkerHeartbeat(models.Model):
    """One row a worker, renewed while it runs; heartbeat.py writes it."""

    worker = models.CharField(max_length=100, unique=True, editable=False, help_text="Machine and leading process.")
    queue = models.CharField(max_length=10, choices=Queue, default=Queue.CPU, db_default=Queue.CPU, editable=False)
    processes = models.PositiveSmallIntegerField(
        default=1, db_default=1, editable=False, help_text="How many photos it paints at once; 0: it has stopped."
    )
    started_at = models.DateTimeField(editable=False)
    beat_at = models.DateTimeField(db_index=True, editable=False)

    class Meta:
        ordering = ["worker"]

    def __str__(self) -> str:
        return self.worker
