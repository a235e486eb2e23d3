"""Removing jobs and photos: the row first, then, once that is certain, its files.

A photo goes with the last job that uses it. Whoever adds or removes a use holds the photo's row locked meanwhile, so of
two who do it at the same moment the second sees what the first did.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from stylizer.files import delete_files
from stylizer.models import Batch, Photo, Stylization

UNUSED_FOR = timedelta(days=1)
"""How long an upload may wait for its first job."""


def delete_job(job: Stylization) -> None:
    """Delete a job with its result, and its photo unless another job uses it."""
    files = job.result_files
    with transaction.atomic():
        photo = Photo.objects.select_for_update().filter(pk=job.photo_id).first()
        job.delete()
        transaction.on_commit(lambda: delete_files(*files))
        if photo is not None:
            _delete_unless_used(photo)
        if job.batch_id is not None:
            # Two who delete the last two jobs at the same moment may leave it empty: a page that says so.
            Batch.objects.filter(pk=job.batch_id, stylizations=None).delete()


def delete_photo_unless_used(photo: Photo) -> bool:
    """Delete a photo that no job uses; return whether it is gone."""
    with transaction.atomic():
        locked = Photo.objects.select_for_update().filter(pk=photo.pk).first()
        return locked is None or _delete_unless_used(locked)


def prune_photos() -> int:
    """Delete the photos that were uploaded a day ago and never used; return how many."""
    old = Photo.objects.unused().filter(created_at__lt=timezone.now() - UNUSED_FOR)
    return sum(delete_photo_unless_used(photo) for photo in old.iterator())


def _delete_unless_used(locked: Photo) -> bool:
    if locked.stylizations.exists():
        return False
    # Locked, so that a worker that is about to name a preview's file finds its row gone and removes the file itself.
    previews = [preview.picture for preview in locked.style_previews.select_for_update()]
    locked.delete()
    transaction.on_commit(lambda: delete_files(locked.file, locked.before, *previews))
    return True
