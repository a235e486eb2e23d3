"""The doctor finds where rows and files do not agree, makes anew what can be made, and says what cannot."""

from __future__ import annotations

import io
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.test import Client
from PIL import Image

from gallery.models import Artwork
from gallery.saving import save_artwork
from gallery.tasks import prune
from stylizer.models import Photo, Status, Style, StylePreview, Stylization
from stylizer.tests.traces import stored_files

TWO_DAYS = 48 * 3600


def doctor(*options: str) -> tuple[dict[str, Any], str]:
    """Return the report, and why the command failed; empty where it did not."""
    out, failure = io.StringIO(), ""
    try:
        call_command("doctor", "--json", *options, stdout=out)
    except CommandError as error:
        failure = str(error)
    return json.loads(out.getvalue()), failure


def findings(report: dict[str, Any]) -> set[tuple[str, str]]:
    return {(one["of"], one["why"]) for one in report["lost"]}


def aged(media: Path, name: str, seconds: float) -> str:
    path = media / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"left behind")
    os.utime(path, (time.time() - seconds,) * 2)
    return name


def content(file: Any) -> bytes:
    with file.open("rb") as opened:
        return bytes(opened.read())


def test_all_is_well(alices_artwork: Artwork) -> None:
    assert doctor("--contents") == ({"lost": [], "unnamed": [], "mended": False}, "")
    out = io.StringIO()
    call_command("doctor", stdout=out)
    assert out.getvalue() == "Rows and files agree.\n"


def test_files_without_a_row_go_when_they_are_old(media: Path, alices_artwork: Artwork) -> None:
    before = stored_files()
    for name in before:  # those that have a row stay, however old
        os.utime(media / name, (0, 0))
    old = aged(media, "photos/ab/left/photo", TWO_DAYS)
    young = aged(media, "photos/ab/coming/photo", 60)
    of_the_catalog = aged(media, "styles/left.safetensors", TWO_DAYS)
    report, failure = doctor()
    assert report["unnamed"] == [{"name": old, "bytes": 11}]
    assert failure.startswith("1 files and rows do not agree")
    assert old in stored_files(), "a report changes nothing"
    assert doctor("--mend")[1] == ""
    assert stored_files() == before | {young, of_the_catalog}
    hours_old = aged(media, "artworks/left/image.jpg", 2 * 3600)
    assert [one["name"] for one in doctor("--older-than", "1.5")[0]["unnamed"]] == [hours_old]


def test_the_daily_task_removes_them_as_well(media: Path, alices_artwork: Artwork) -> None:
    before = stored_files()
    aged(media, "stylizations/ab/left/result-x.jpg", TWO_DAYS)
    assert "1 files that nothing named" in prune()
    assert stored_files() == before


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (Photo, "before"),
        (Stylization, "thumbnail"),
        (Stylization, "result"),
        (Artwork, "thumbnail"),
        (Artwork, "image"),
    ],
)
@pytest.mark.parametrize("damage", ["gone", "empty", "cut"])
def test_what_can_be_made_anew_is_made_anew(alices_job: Stylization, model: Any, name: str, damage: str) -> None:
    save_artwork(alices_job)
    row = model.objects.get()
    file = getattr(row, name)
    before, files = content(file), stored_files()
    default_storage.delete(file.name)
    if damage != "gone":
        default_storage.save(file.name, ContentFile(before[: len(before) // 2] if damage == "cut" else b""))
    why = {"gone": "is not there", "empty": "is empty", "cut": "is damaged"}[damage]
    report, failure = doctor("--contents")
    assert findings(report) == {(f"{model._meta.label}.{name}", why)}
    assert failure == "1 files and rows do not agree. --mend puts right what can be."
    report, failure = doctor("--contents", "--mend")
    assert (failure, report["lost"][0]["done"]) == ("", "made anew")
    assert stored_files() == files
    again = content(getattr(model.objects.get(), name))
    with Image.open(io.BytesIO(again)) as made, Image.open(io.BytesIO(before)) as made_before:
        assert made.size == made_before.size
    assert doctor("--contents") == ({"lost": [], "unnamed": [], "mended": False}, "")


def test_a_painting_that_is_lost_can_be_painted_again(alices_job: Stylization, as_alice: Client) -> None:
    for file in (alices_job.master, alices_job.result):
        default_storage.delete(str(file.name))
    assert doctor("--mend")[1] == ""
    alices_job.refresh_from_db()
    assert (alices_job.status, alices_job.error_code) == (Status.FAILED, "result_lost")
    assert "not in the server" in as_alice.get(alices_job.get_absolute_url()).text
    assert doctor()[1] == ""
    assert {name for name in stored_files() if name.startswith("stylizations/")} == set()
    assert as_alice.post(f"{alices_job.get_absolute_url()}retry/").status_code == 302
    alices_job.refresh_from_db()
    assert alices_job.status == Status.QUEUED


def test_what_is_not_needed_is_forgotten(alices_job: Stylization, style: Style) -> None:
    default_storage.delete(str(alices_job.master.name))
    preview = StylePreview.objects.create(photo=alices_job.photo, checkpoint_sha256="1" * 64, picture="photos/x.webp")
    style.style_image = "styles/gone.jpg"
    style.save()
    report, failure = doctor("--mend")
    assert failure == ""
    assert len(report["lost"]) == 3
    alices_job.refresh_from_db()
    style.refresh_from_db()
    assert (alices_job.master.name, alices_job.status, style.style_image.name) == ("", Status.SUCCEEDED, "")
    assert not StylePreview.objects.filter(pk=preview.pk).exists()


def test_what_only_a_backup_brings_back_is_named(alices_artwork: Artwork, capsys: pytest.CaptureFixture[str]) -> None:
    photo, style = Photo.objects.get(), Style.objects.get()
    for file in (photo.file, style.checkpoint, alices_artwork.image):
        default_storage.delete(str(file.name))
    with pytest.raises(CommandError, match=r"3 files and rows do not agree\. See above"):
        call_command("doctor", "--mend")
    said = capsys.readouterr().out
    assert f"{photo.file.name} (row {photo.pk})" in said
    assert "1 × gallery.Artwork.image is not there" in said
    assert "Upload the checkpoint again" in said
    assert Artwork.objects.count() == Photo.objects.count() == 1, "nothing is thrown away"


def test_uploads_and_checkpoints_are_compared_with_their_checksum(alices_job: Stylization, style: Style) -> None:
    for file in (alices_job.photo.file, style.checkpoint):
        name, byte = str(file.name), content(file)
        default_storage.delete(name)
        default_storage.save(name, ContentFile(byte[:-1] + bytes([byte[-1] ^ 1])))
    assert doctor()[1] == ""
    assert findings(doctor("--contents")[0]) == {
        ("stylizer.Photo.file", "is damaged"),
        ("stylizer.Style.checkpoint", "is damaged"),
    }


def test_an_age_that_would_take_files_under_way_is_refused() -> None:
    for age in ("0", "-3", "soon", "nan"):
        with pytest.raises(CommandError, match="is no number of hours"):
            call_command("doctor", "--older-than", age)
