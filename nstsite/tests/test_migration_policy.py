"""Servers of the version before go on while the database is migrated: no migration takes away what they use."""

from __future__ import annotations

import pytest
from django.db import models
from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

from nstsite.tests.migration_policy import CONTRACTIONS, EARLIER, objections


def of(*some: Operation) -> Migration:
    migration = Migration("0099_tomorrow", "stylizer")
    migration.operations = list(some)
    return migration


def nothing(apps: object, editor: object) -> None:
    """Change nothing."""


NEW_MODEL = operations.CreateModel("Frame", [("id", models.BigAutoField(primary_key=True))])


@pytest.mark.parametrize(
    "migration",
    [
        of(operations.RemoveField("style", "name")),
        of(operations.RenameField("style", "name", "title")),
        of(operations.DeleteModel("Style")),
        of(operations.RenameModel("Style", "Look")),
        of(operations.AddField("style", "mood", models.CharField(max_length=9, default="calm"))),
        of(operations.RunPython(nothing)),
    ],
    ids=lambda migration: type(migration.operations[0]).__name__,
)
def test_what_the_version_before_would_stumble_over(migration: Migration) -> None:
    assert len(list(objections(migration))) == 1


@pytest.mark.parametrize(
    "migration",
    [
        of(operations.AddField("style", "mood", models.CharField(max_length=9, null=True))),
        of(operations.AddField("style", "mood", models.CharField(max_length=9, default="", db_default=""))),
        of(NEW_MODEL, operations.AddField("frame", "width", models.IntegerField())),
        of(operations.RunPython(nothing, operations.RunPython.noop)),
        of(operations.AddIndex("style", models.Index(fields=["name"], name="some_index"))),
    ],
    ids=("null", "db-default", "of a new table", "reversible", "index"),
)
def test_what_it_does_not_notice(migration: Migration) -> None:
    assert list(objections(migration)) == []


def test_no_migration_takes_away_what_the_version_before_uses() -> None:
    found = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    ours = {key: migration for key, migration in found.items() if key[0] in EARLIER}
    assert len(ours) > 20
    later = [migration for (app, name), migration in ours.items() if int(name[:4]) > EARLIER[app]]
    assert [objection for migration in later for objection in objections(migration)] == []
    assert {f"{app}.{name}" for app, name in ours} >= CONTRACTIONS.keys(), "names a migration that is not there"
