"""Jobs of before there were photos: each gets one, with its files where they lie, and back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from stylizer.tests import pictures

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE, AFTER = ("stylizer", "0003_paint_choices"), ("stylizer", "0006_shared_photos")
MADE = datetime(2025, 3, 4, 5, 6, tzinfo=UTC)


def migrate(target: tuple[str, str]) -> Any:
    """Return the models as they are at ``target``."""
    MigrationExecutor(connection).migrate([target])
    return MigrationExecutor(connection).loader.project_state([target]).apps


@pytest.fixture
def old_apps() -> Iterator[Any]:
    yield migrate(BEFORE)
    call_command("migrate", verbosity=0)


def test_rows_become_photos_and_files_stay(old_apps: Any) -> None:
    owner = old_apps.get_model("auth", "User").objects.create(username="alice")
    style = old_apps.get_model("stylizer", "Style").objects.create(slug="waves", name="Waves", licence="public domain")
    OldJob = old_apps.get_model("stylizer", "Stylization")
    content = pictures.jpeg(64, 48)
    for number, name in enumerate(("stylizations/aa/photo", "stylizations/bb/gone")):
        job = OldJob.objects.create(
            owner=owner,
            style=style,
            photo=name,
            photo_width=64 + number,
            photo_height=48,
            before=f"{name}.before.jpg",
            before_width=32,
            before_height=24,
        )
        OldJob.objects.filter(pk=job.pk).update(created_at=MADE)
    default_storage.save("stylizations/aa/photo", ContentFile(content))
    old = {row["id"]: row for row in OldJob.objects.values()}

    apps = migrate(AFTER)
    jobs = apps.get_model("stylizer", "Stylization").objects.select_related("photo").order_by("photo__width")
    for job in jobs:
        photo, was = job.photo, old[job.pk]
        assert (photo.file.name, photo.width, photo.height) == (was["photo"], was["photo_width"], 48)
        assert (photo.before.name, photo.before_width, photo.before_height) == (was["before"], 32, 24)
        assert (photo.owner_id, photo.created_at) == (owner.pk, MADE)
    there, gone = (job.photo for job in jobs)
    assert (there.byte_size, there.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert (gone.byte_size, gone.sha256) == (0, "")
    assert default_storage.exists("stylizations/aa/photo")

    back = migrate(BEFORE).get_model("stylizer", "Stylization")
    assert {row["id"]: row for row in back.objects.values()} == old
