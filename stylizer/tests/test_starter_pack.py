"""The styles that come with Easel: loaded at every start, improved by new versions, never against the administrator."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import call_command

from stylizer.models import Style
from stylizer.starter_pack import load_starter_styles
from stylizer.tests import pictures
from stylizer.tests.traces import named_files, stored_files

pytestmark = pytest.mark.django_db


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    write_pack(tmp_path)
    return tmp_path


def write_pack(folder: Path, *, name: str = "Night", content: bytes = b"weights", preview: bytes | None = None) -> None:
    (folder / "styles.toml").write_text(
        f"""
[night]
name = "{name}"
artist = "A Painter"
year = "1889"
licence = "public domain"
[night.recipe]
max_steps = 1300
[night.metrics]
ssim = 0.37

[day]
name = "Day"
licence = "public domain"
"""
    )
    for slug in ("night", "day"):
        (folder / f"{slug}.safetensors").write_bytes(content + slug.encode())
        (folder / f"{slug}.jpg").write_bytes(preview or pictures.jpeg(64, 48))


def load(folder: Path) -> dict[str, str]:
    return {style.slug: outcome for style, outcome in load_starter_styles(folder)}


def test_a_first_start_adds_them(pack: Path) -> None:
    assert load(pack) == {"night": "added", "day": "added"}
    night, day = Style.objects.all()
    assert (night.name, night.artist, night.year, night.licence) == ("Night", "A Painter", "1889", "public domain")
    assert (night.recipe, night.metrics) == ({"max_steps": 1300}, {"ssim": 0.37})
    assert (night.preview_width, night.preview_height, night.is_published) == (64, 48, True)
    assert (night.position, day.position) == (1, 2)
    with night.checkpoint.open("rb") as file:
        assert file.read() == b"weightsnight"


def test_a_second_start_changes_nothing(pack: Path) -> None:
    load(pack)
    before, files = list(Style.objects.values()), stored_files()
    assert load(pack) == {"night": "unchanged", "day": "unchanged"}
    assert list(Style.objects.values()) == before
    assert stored_files() == files


@pytest.mark.parametrize("change", [{"name": "Starry"}, {"content": b"better weights"}])
def test_a_new_version_updates_them_and_keeps_what_the_administrator_decided(pack: Path, change) -> None:
    load(pack)
    Style.objects.filter(slug="night").update(is_published=False, position=77)
    old = Style.objects.get(slug="night")
    write_pack(pack, **change)
    assert load(pack)["night"] == "updated"
    new = Style.objects.get(slug="night")
    assert (new.pk, new.is_published, new.position) == (old.pk, False, 77)
    assert new.name == change.get("name", "Night")
    assert (new.checkpoint_sha256 != old.checkpoint_sha256) is ("content" in change)
    with new.checkpoint.open("rb") as file:
        assert file.read() == change.get("content", b"weights") + b"night"
    assert load(pack)["night"] == "unchanged"


def test_a_file_that_was_lost_comes_back(pack: Path) -> None:
    load(pack)
    for field in ("checkpoint", "preview"):
        file = getattr(Style.objects.get(slug="night"), field)
        file.storage.delete(file.name)
        assert load(pack)["night"] == "updated"
        assert file.storage.exists(file.name)
    assert stored_files() == named_files()


def test_styles_of_the_administrator_are_left_alone(pack: Path, make_style) -> None:
    own = make_style("own")
    before = Style.objects.values().get(pk=own.pk)
    load(pack)
    assert Style.objects.values().get(pk=own.pk) == before


def test_a_style_that_left_the_pack_stays(pack: Path) -> None:
    load(pack)
    (pack / "styles.toml").write_text('[day]\nname = "Day"\nlicence = "public domain"\n')
    assert load(pack) == {"day": "unchanged"}
    assert Style.objects.filter(slug="night").exists()


def test_the_command_can_run_at_every_start() -> None:
    first, second = io.StringIO(), io.StringIO()
    call_command("load_starter_styles", stdout=first)
    call_command("load_starter_styles", stdout=second)
    assert first.getvalue().count("added") == Style.objects.count() > 0
    assert second.getvalue() == first.getvalue().replace("added    ", "unchanged")
    for style in Style.objects.all():
        assert style.artist
        assert style.licence
        assert style.source
        assert style.metrics, "what it was measured to be stands in the catalog"
        assert style.preview_width > 0
