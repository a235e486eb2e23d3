"""What queue messages call. Thin, and free of torch until there is something to paint."""

from __future__ import annotations

import logging

from django.conf import settings
from django.db.models import Count

from stylizer import intake_lifecycle, job_lifecycle
from stylizer.heartbeat import processes, worker_name
from stylizer.log_context import logged_as
from stylizer.models import IntakeState, Photo, Queue, Status, StyleIntake, StylePreview, Stylization, WebhookDelivery
from stylizer.queues import served_here
from stylizer.stopping import is_stopping
from stylizer.wake import broker_of, wake_for_intake, wake_for_previews, wake_for_webhooks, wake_here, wake_workers
from stylizer.webhooks.deliver import deliver_due

logger = logging.getLogger(__name__)

PREVIEWS_A_SWEEP = 20


def paint_next() -> str | None:
    """Paint the job that is next in line; return its id, or ``None`` when nothing waited."""
    if is_stopping():
        wake_here()  # another one: this message was taken in before
        return None
    job_lifecycle.reap()
    queues = served_here()
    if not job_lifecycle.waiting_in(queues).exists():
        return None
    # Before the claim: loading libraries takes a while once, and a job should wait as "queued" and be timed without it.
    from stylizer.run_job import run_job

    job = job_lifecycle.claim(worker_name(), queues)
    if job is None:
        return None
    with logged_as(job.pk):
        run_job(job)
    _pass_on()
    return str(job.pk)


def _pass_on() -> None:
    """Wake a worker for the next one: its message may have gone with a worker, or been read when others served it.

    Only where no message is left, so that they do not pile up: what a worker has taken in already is bounded.
    """
    if is_stopping():
        return
    try:
        if not broker_of(settings.EASEL_QUEUE).queue_size() and job_lifecycle.waiting_in(served_here()).exists():
            wake_here()
    except Exception:  # of the database or of the broker, whose libraries have their own
        logger.warning("nobody was woken for the next photo; it is found within seconds", exc_info=True)


def paint_previews(photo_id: str) -> int:
    """Paint a photo in the styles that were asked for and are missing; return in how many."""
    if is_stopping():
        wake_for_previews(photo_id)
        return 0
    photo = Photo.objects.filter(pk=photo_id).first()
    if photo is None or not photo.style_previews.free().exists():
        return 0
    from stylizer.paint_previews import paint_previews_of

    return paint_previews_of(photo)


def take_in_next() -> str | None:
    """Check, measure and preview the style that is next in line; return the intake's id, or ``None``."""
    if is_stopping():
        wake_for_intake()
        return None
    intake_lifecycle.reap()
    if Queue.LONG not in served_here():
        return None
    intake = intake_lifecycle.claim(worker=worker_name())
    if intake is None:
        return None
    from stylizer.run_intake import run_intake

    run_intake(intake)
    return str(intake.pk)


def send_webhooks() -> int:
    """Tell programs elsewhere what has ended; return how many attempts were made."""
    return deliver_due()


def sweep() -> int:
    """Bring back jobs of dead workers and wake workers for what lost its message or is due; return how many jobs wait.

    Runs every minute by a schedule.
    """
    intake_lifecycle.reap()
    if StyleIntake.objects.filter(state=IntakeState.QUEUED).exists():
        wake_for_intake()
    job_lifecycle.reap()
    most = processes()
    queued = Stylization.objects.filter(status=Status.QUEUED).order_by().values_list("queue").annotate(Count("pk"))
    waiting = 0
    for queue, count in queued:
        wake_workers([queue] * min(count, most))
        waiting += count
    if WebhookDelivery.objects.due().exists():
        wake_for_webhooks()
    if not waiting:  # previews stand back
        for photo in set(StylePreview.objects.free().values_list("photo", flat=True)[:PREVIEWS_A_SWEEP]):
            wake_for_previews(photo)
    return waiting
