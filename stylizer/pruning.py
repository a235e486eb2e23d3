"""Removing results that nobody saved once they have been in the history for long enough."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import models, transaction
from django.db.models.fields.files import FieldFile
from django.utils import timezone

from stylizer.deletion import delete_job
from stylizer.models import Photo, Stylization
from stylizer.models.stylization import ACTIVE, StylizationQuerySet
from stylizer.ownership import file_fields


class Pruned(NamedTuple):
    """What was removed, or would be."""

    jobs: int
    bytes: int


def outdated() -> StylizationQuerySet:
    """Return the jobs that ended so long ago that they leave the history; never one that waits or is in work.

    A job whose painting is in a gallery stays, so that it can be compared with its photo.
    """
    if not settings.EASEL_HISTORY_DAYS:
        return Stylization.objects.none()
    limit = timezone.now() - timedelta(days=settings.EASEL_HISTORY_DAYS)
    # gallery.Artwork points here with related_name="artwork"; this app does not import that one.
    return Stylization.objects.filter(finished_at__lte=limit, artwork__isnull=True).exclude(status__in=ACTIVE)


def prune_history(*, dry_run: bool = False) -> Pruned:
    """Delete outdated jobs, each with its files and a photo that no other job uses; or only count them."""
    total = Pruned(0, 0)
    for pk in list(outdated().values_list("pk", flat=True)):  # rows go while this goes on
        went = _count(pk) if dry_run else _delete(pk)
        total = Pruned(total.jobs + went.jobs, total.bytes + went.bytes)
    return total


def _count(pk: uuid.UUID) -> Pruned:
    job = outdated().filter(pk=pk).first()
    return Pruned(1, _size(job)) if job else Pruned(0, 0)


def _delete(pk: uuid.UUID) -> Pruned:
    with transaction.atomic():
        # The photo's lock first, as in deletion.py. Then asked again: a job saved or tried again meanwhile stays.
        Photo.objects.select_for_update().filter(stylizations=pk).first()
        job = outdated().filter(pk=pk).select_for_update(of=("self",)).first()
        if job is None:
            return Pruned(0, 0)
        size = _size(job)
        delete_job(job)
    return Pruned(1, size)


def _size(job: Stylization) -> int:
    """Return the bytes of what goes with a job."""
    rows: list[models.Model] = [job]
    if job.photo_id and not Stylization.objects.filter(photo=job.photo_id).exclude(pk=job.pk).exists():
        rows.append(job.photo)
    files = [getattr(row, field.name) for row in rows for field in file_fields(type(row))]
    return sum(_file_size(file) for file in files if file)


def _file_size(file: FieldFile) -> int:
    try:
        return file.size
    except OSError:  # it is gone already
        return 0
