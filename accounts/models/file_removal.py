"""A file, or a folder with all in it, that is to go because the account it belonged to is gone.

The row is written in the transaction that deletes the account, so neither a crash after it nor a storage that fails for
a while leaves anything behind for good: what is still listed is tried again.
"""

from __future__ import annotations

import logging
import posixpath
from datetime import datetime, timedelta

from django.apps import apps
from django.core.files.storage import Storage
from django.db import models
from django.utils import timezone

logger = logging.getLogger(__name__)
_AT_ONCE = 200
_LONGEST_WAIT = timedelta(days=1)


class FileRemovalQuerySet(models.QuerySet["FileRemoval"]):
    """Queries named after what they answer."""

    def due(self) -> FileRemovalQuerySet:
        """Return what should be gone by now."""
        return self.filter(due_at__lte=timezone.now())


class FileRemoval(models.Model):
    """One name in the storage of one model's field. It says nothing of whose it was."""

    model = models.CharField(max_length=100)
    field = models.CharField(max_length=100)
    name = models.CharField(max_length=300, help_text="A folder, with everything in it, where it ends in a slash.")
    due_at = models.DateTimeField(db_index=True)
    attempts = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True, help_text="Of the last attempt.")

    objects = FileRemovalQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def storage(self) -> Storage:
        """Where the file is kept."""
        field = apps.get_model(self.model)._meta.get_field(self.field)
        assert isinstance(field, models.FileField)  # noqa: S101  # only such fields are written down
        return field.storage

    def carry_out(self) -> None:
        """Remove it; what is gone already is no error."""
        if not self.name.endswith("/"):
            self.storage.delete(self.name)
            return
        folder = self.name.rstrip("/")
        try:
            _, files = self.storage.listdir(folder)
        except (FileNotFoundError, NotADirectoryError):
            return
        failures = []
        for file in files:
            try:
                self.storage.delete(posixpath.join(folder, file))
            except Exception as error:  # of any storage; it must not keep the folder's other files
                failures.append(error)
        if failures:
            raise failures[0]
        self.storage.delete(folder)

    def again_at(self, moment: datetime) -> FileRemoval:
        """Return another one of the same name, unsaved."""
        return FileRemoval(model=self.model, field=self.field, name=self.name, due_at=moment)

    def postpone(self, error: Exception) -> None:
        """Try again later, each time after twice as long."""
        self.attempts += 1
        self.error = f"{type(error).__name__}: {error}"
        self.due_at = timezone.now() + min(timedelta(minutes=2**self.attempts), _LONGEST_WAIT)
        self.save(update_fields=["attempts", "error", "due_at"])


def remove_due_files() -> tuple[int, int]:
    """Remove what is due; return how many names are gone and how many could not be removed and were logged."""
    gone = failed = 0
    while page := list(FileRemoval.objects.due().order_by("pk")[:_AT_ONCE]):
        done = []
        for removal in page:
            try:
                removal.carry_out()
            except Exception as error:  # of any storage; one file must not keep the others
                logger.exception("%s could not be removed; it is tried again later", removal.name)
                removal.postpone(error)
                failed += 1
            else:
                done.append(removal.pk)
        gone += len(done)
        FileRemoval.objects.filter(pk__in=done).delete()
    return gone, failed
