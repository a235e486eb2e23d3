"""That a worker process lives."""

from __future__ import annotations

from django.db import models


class WorkerHeartbeat(models.Model):
    """One row a process, renewed while it works and when the sweep comes by; heartbeat.py writes it."""

    worker = models.CharField(max_length=100, unique=True, editable=False, help_text="Machine and process.")
    started_at = models.DateTimeField(editable=False)
    beat_at = models.DateTimeField(db_index=True, editable=False)

    class Meta:
        ordering = ["worker"]

    def __str__(self) -> str:
        return self.worker
