"""What is done every hour about the catalog, and about what is no longer worth reading."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.core.files.storage import default_storage
from django.utils import timezone

from stylizer.disk_use import measure_disk
from stylizer.heartbeat import forget_silent_workers
from stylizer.models import IdempotencyKey, StyleIntake
from stylizer.models.style_intake import ACTIVE_INTAKES
from stylizer.style_files import prune_style_files
from stylizer.webhooks.deliver import prune_deliveries

logger = logging.getLogger(__name__)

KEPT = timedelta(days=30)
"""How long it can be read how an intake ended."""
_FOLDER = "intakes"


def tidy_catalog() -> str:
    """Remove files that no row names and rows whose time is over; return what was removed, in words."""
    old = StyleIntake.objects.filter(finished_at__lt=timezone.now() - KEPT)
    removed = {
        "files of styles": len(prune_style_files()),
        "uploads": _remove_left_uploads(),
        "ended intakes": old.exclude(state__in=ACTIVE_INTAKES).delete()[0],
        "silent workers": forget_silent_workers(),
        "answers to repeated requests": IdempotencyKey.objects.outdated().delete()[0],
        "webhook deliveries": prune_deliveries(),
    }
    measure_disk()
    line = ", ".join(f"{count} {what}" for what, count in removed.items() if count) or "nothing"
    logger.info("removed %s", line)
    return line


def _remove_left_uploads() -> int:
    """Remove what an intake left that ended while its worker died; those without a row are an hour old at least."""
    try:
        folders, _ = default_storage.listdir(_FOLDER)
    except FileNotFoundError:
        return 0
    active = {str(pk) for pk in StyleIntake.objects.filter(state__in=ACTIVE_INTAKES).values_list("pk", flat=True)}
    count = 0
    for folder in set(folders) - active:
        path = f"{_FOLDER}/{folder}"
        _, names = default_storage.listdir(path)
        ages = [timezone.now() - default_storage.get_modified_time(f"{path}/{name}") for name in names]
        if any(age < timedelta(hours=1) for age in ages):
            continue
        for name in names:
            default_storage.delete(f"{path}/{name}")
            count += 1
        default_storage.delete(path)
    return count
