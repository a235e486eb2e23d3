"""What a backup holds, and how its parts are called."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.core import serializers
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder

from stylizer.ownership import files_named_by, in_pages

FORMAT_VERSION = 1
MANIFEST, DATABASE, KEY, MEDIA = "manifest.json", "database.jsonl.gz", "secret_key.txt", "media/"

LEFT_OUT = {
    # Made anew by migrate, with other keys on another database.
    *("contenttypes.ContentType", "auth.Permission"),
    # People sign in again, and ask again for what was under way.
    *("sessions.Session", "usersessions.UserSession", "account.EmailConfirmation"),
    # Messages only wake workers, and the schedules come from migrations.
    *("django_q.Task", "django_q.Success", "django_q.Failure", "django_q.Schedule", "django_q.OrmQ"),
    # About processes and requests that are over, and about files that no row names and no backup holds.
    *("stylizer.WorkerHeartbeat", "stylizer.IdempotencyKey", "accounts.FileRemoval"),
}
"""Models whose rows are not worth keeping; every other one is kept, a new one too."""

_NATURAL = {"auth.Group", "auth.User", "admin.LogEntry"}
"""Models that refer to those that migrate makes anew: by name in place of key."""


def kept_models() -> list[type[models.Model]]:
    """Return the models whose rows are kept, those that are referred to before those that refer."""
    found: list[type[models.Model]] = serializers.sort_dependencies(
        [(config, None) for config in apps.get_app_configs()], allow_cycles=True
    )
    return [model for model in found if model._meta.label not in LEFT_OUT and not model._meta.proxy]


def rows_as_lines(model: type[models.Model], database: str) -> Iterator[str]:
    """Yield each row as a line of JSON, as ``serializers.deserialize("jsonl", …)`` reads it."""
    natural = model._meta.label in _NATURAL
    for row in in_pages(model._base_manager.using(database).all()):
        yield serializers.serialize("jsonl", [row], use_natural_foreign_keys=natural)


def named_files(database: str) -> Iterator[str]:
    """Yield the name of every file that a kept row names; some more than once."""
    return files_named_by(kept_models(), database)


def migrations(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the name of every migration that was applied, as ``app.name``."""
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())
