"""Nothing that no style names stays in the media folder, and nothing goes too early."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from django_q.models import Schedule

from stylizer.catalog_upkeep import tidy_catalog
from stylizer.models import IntakeKind, Style, StyleIntake
from stylizer.start_intake import start_intake
from stylizer.style_files import prune_style_files
from stylizer.tests import pictures
from stylizer.tests.traces import named_files, stored_files

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_memory() -> None:
    cache.clear()


def age(media: Path, hours: float) -> None:
    then = (timezone.now() - timedelta(hours=hours)).timestamp()
    for name in stored_files():
        os.utime(media / name, (then, then))


def test_what_a_replacement_left_goes_at_the_second_look(media: Path, make_style: Callable[..., Style]) -> None:
    style = make_style("waves", b"old weights")
    old = {str(style.checkpoint.name), str(style.preview.name)}
    style.store_files(b"new weights", pictures.jpeg(64, 48))
    style.save()
    age(media, hours=2)
    assert prune_style_files() == [], "a job may be loading it"
    assert old <= stored_files()
    assert set(prune_style_files()) == old
    assert stored_files() == named_files()
    assert prune_style_files() == []


def test_what_is_named_again_stays(media: Path, make_style: Callable[..., Style]) -> None:
    style = make_style("waves", b"old weights")
    style.delete()
    age(media, hours=2)
    assert prune_style_files() == []
    make_style("again", b"old weights")
    age(media, hours=2)
    assert prune_style_files() == []
    assert stored_files() == named_files()


def test_a_young_file_stays(media: Path) -> None:
    default_storage.save("styles/new.safetensors", ContentFile(b"a row will come"))
    assert prune_style_files() == prune_style_files() == []
    age(media, hours=2)
    assert prune_style_files() == ["styles/new.safetensors"]


def test_the_hourly_upkeep(media: Path, bob, make_style: Callable[..., Style]) -> None:
    assert Schedule.objects.get(func="stylizer.catalog_upkeep.tidy_catalog").schedule_type == Schedule.HOURLY
    waiting = start_intake(IntakeKind.NEW, bob, entry={"slug": "a"}, upload=ContentFile(b"waits", "a.pth"))
    default_storage.save("intakes/of-a-dead-worker/checkpoint", ContentFile(b"left"))
    ended = StyleIntake.objects.create(kind="new", state="refused", finished_at=timezone.now() - timedelta(days=31))
    lately = StyleIntake.objects.create(kind="new", state="refused", finished_at=timezone.now() - timedelta(days=29))
    assert tidy_catalog() == "1 ended intakes"
    age(media, hours=2)
    assert tidy_catalog() == "1 uploads"
    assert stored_files() == {waiting.upload.name}
    assert set(StyleIntake.objects.all()) == {waiting, lately}
    assert ended.pk
    assert tidy_catalog() == "nothing"
