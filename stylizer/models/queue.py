"""The three lines of work, for workers that are good at different things."""

from __future__ import annotations

from django.db import models


class Queue(models.TextChoices):
    """What a job waits in, and what a worker serves (``EASEL_QUEUE``); queues.py tells which goes where."""

    CPU = "cpu", "CPU"
    GPU = "gpu", "GPU"
    LONG = "long", "Long"
