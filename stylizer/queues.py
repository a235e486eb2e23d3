"""Which job goes to which worker.

A worker serves one queue, and whatever waits in queues that no living worker serves: so one worker alone does
everything, and when the machine with the GPU is gone, the others do its work, slower. What a queue holds is told by the
rows; messages only wake workers (wake.py).
"""

from __future__ import annotations

from collections.abc import Container

from django.conf import settings

from stylizer.heartbeat import living_processes
from stylizer.models import Queue, Stylization


def queue_for(job: Stylization) -> Queue:
    """Return where a new job shall wait: a large painting for a GPU, what belongs to a batch behind no single photo."""
    if job.painted_pixels > settings.EASEL_GPU_PIXELS:
        return Queue.GPU
    return Queue.LONG if job.batch_id else Queue.CPU


def served_by(queue: str, living: Container[str]) -> frozenset[str]:
    """Return the queues that the workers of one take from, where workers live that serve those in ``living``."""
    return frozenset(other for other in Queue.values if other == queue or other not in living)


def served_here() -> frozenset[str]:
    """Return the queues that this worker takes from now."""
    return served_by(settings.EASEL_QUEUE, living_processes())


def clusters_to_wake(queue: str) -> list[str]:
    """Return the django-q clusters whose workers take from a queue: its own, or, where nobody serves it, all."""
    living = living_processes()
    listening = [queue] if queue in living else sorted(living)
    return [settings.EASEL_CLUSTERS[one] for one in listening or [Queue.CPU]]
