"""Painting for real: the right picture comes out, whatever the photo was."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from PIL import Image

from stylizer import job_lifecycle
from stylizer.models import Style, Stylization
from stylizer.tasks import paint_next
from stylizer.tests import pictures
from stylizer.tests.traces import named_files, stored_files

pytestmark = pytest.mark.django_db


@pytest.fixture
def paint(alice: User, noise: Style, queue_photo: Callable[..., Stylization]) -> Callable[..., Stylization]:
    """Return a function that queues a photo of Alice's and paints it as a worker does."""

    def queue_and_paint(content: bytes | None = None, *, size: int | None = 64) -> Stylization:
        job = queue_photo(alice, content, style=noise, size=size)
        assert paint_next() == str(job.pk)
        job.refresh_from_db()
        assert job.status == "succeeded", job.error_detail
        return job

    return queue_and_paint


def opened(file) -> Image.Image:
    with file.open("rb") as stream, Image.open(stream) as image:
        image.load()
        return image.copy()


@pytest.mark.parametrize(
    ("photo", "size", "painted"),
    [
        ((64, 48), 96, (96, 72)),
        ((48, 64), 96, (72, 96)),
        ((96, 64), 64, (64, 43)),
        ((96, 96), 70, (70, 70)),
        ((90, 9), 64, (64, 6)),
        ((33, 65), None, (33, 65)),
    ],
)
def test_the_longest_side_is_as_asked_and_the_aspect_kept(paint, photo, size, painted) -> None:
    job = paint(pictures.jpeg(*photo), size=size)
    result = opened(job.result)
    assert result.size == painted == (job.result_width, job.result_height)
    assert (result.format or "JPEG", result.mode) == ("JPEG", "RGB")


def test_the_result_is_a_painting_of_this_photo(paint) -> None:
    """Untrained as it is, the network maps other pixels to other pixels: neither the photo nor one flat colour."""
    photo = pictures.photo(64, 64)
    painted = np.asarray(opened(paint(pictures.encoded(photo)).result), dtype=float)
    assert painted.std() > 5
    assert np.abs(painted - np.asarray(photo, dtype=float)).mean() > 10
    mirrored = pictures.encoded(photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    other = np.asarray(opened(paint(mirrored).result), dtype=float)
    assert np.abs(painted - other).mean() > 3


def brightest_corner(image: Image.Image) -> str:
    """Return where a picture by pictures.photo() has its red-and-green corner, which is bottom right upright."""
    pixels = np.asarray(image.convert("RGB"), dtype=float)[..., :2].sum(axis=-1)
    half = tuple(side // 2 for side in pixels.shape)
    corners = {
        "top left": pixels[: half[0], : half[1]],
        "top right": pixels[: half[0], half[1] :],
        "bottom left": pixels[half[0] :, : half[1]],
        "bottom right": pixels[half[0] :, half[1] :],
    }
    return max(corners, key=lambda name: corners[name].mean())


def test_a_photo_taken_sideways_comes_out_upright(paint) -> None:
    content = pictures.sideways_jpeg(60, 90)
    with Image.open(io.BytesIO(content)) as stored:
        assert stored.size == (90, 60)
        assert brightest_corner(stored) != "bottom right", "it does lie on its side in the file"
    job = paint(content, size=None)
    assert (job.photo.width, job.photo.height) == (60, 90)
    before = opened(job.photo.before)
    assert before.size == (60, 90)
    assert brightest_corner(before) == "bottom right"
    upright = opened(paint(pictures.encoded(pictures.photo(60, 90), quality=95), size=None).result)
    result = opened(job.result)
    assert result.size == upright.size == (60, 90)
    # JPEG's own losses differ a little between the two ways; lying on its side it would differ everywhere.
    difference = np.abs(np.asarray(result, dtype=float) - np.asarray(upright, dtype=float)).mean()
    lying = np.abs(np.asarray(result.rotate(180), dtype=float) - np.asarray(upright, dtype=float)).mean()
    assert difference < lying / 2
    for picture in (result, before):
        assert pictures.ORIENTATION not in picture.getexif(), "nobody must turn it once more"


def test_pictures_carry_nothing_of_the_camera(paint) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera"
    job = paint(pictures.encoded(pictures.photo(48, 48), exif=exif, comment=b"at home"))
    for file in (job.photo.before, job.master, job.result, job.thumbnail):
        with file.open("rb") as stream:
            content = stream.read()
        assert b"Secret Camera" not in content
        assert b"at home" not in content


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "1"])
def test_other_kinds_of_png(paint, mode: str) -> None:
    job = paint(pictures.encoded(pictures.photo(40, 30).convert(mode), "PNG"))
    assert opened(job.result).size == (64, 48)


def test_webp(paint) -> None:
    assert opened(paint(pictures.encoded(pictures.photo(40, 30), "WEBP")).result).size == (64, 48)


def test_the_thumbnail_is_small_and_of_the_result(paint, monkeypatch) -> None:
    monkeypatch.setattr("stylizer.result_files.THUMBNAIL_SIDE", 32)
    job = paint(pictures.jpeg(96, 72), size=96)
    thumbnail = opened(job.thumbnail)
    assert thumbnail.size == (32, 24) == (job.thumbnail_width, job.thumbnail_height)
    small = np.asarray(opened(job.result).resize((32, 24)), dtype=float)
    assert np.abs(np.asarray(thumbnail.convert("RGB"), dtype=float) - small).mean() < 20


def test_a_large_photo_is_shown_small_before(alice: User, queue_photo) -> None:
    job = queue_photo(alice, pictures.encoded(Image.new("RGB", (1600, 400), "teal")))
    assert opened(job.photo.before).size == (1000, 250) == (job.photo.before_width, job.photo.before_height)
    assert (job.photo.width, job.photo.height) == (1600, 400)


def test_progress_is_noted_and_only_the_end_is_100(paint, monkeypatch) -> None:
    seen = []
    renew = job_lifecycle.renew

    def note(job: Stylization, *, progress: int | None = None) -> bool:
        seen.append(progress)
        return renew(job, progress=progress)

    monkeypatch.setattr("stylizer.lease_keeper.PROGRESS_INTERVAL", 0)
    monkeypatch.setattr(job_lifecycle, "renew", note)
    assert paint().progress == 100
    assert seen == sorted(seen)
    assert len(set(seen)) > 5
    assert max(seen) == 99


def test_what_a_dead_attempt_left_is_removed(alice: User, noise: Style, queue_photo) -> None:
    job = queue_photo(alice, style=noise)
    for field, name in (
        (job.master, f"master-{uuid.uuid4()}.webp"),
        (job.result, f"result-{uuid.uuid4()}.jpg"),
        (job.thumbnail, f"thumbnail-{uuid.uuid4()}.webp"),
    ):
        folder = field.field.generate_filename(job, "").rpartition("/")[0]
        field.storage.save(f"{folder}/{name}", ContentFile(b"half a picture"))
    assert stored_files() - named_files(), "the leftovers are there"
    paint_next()
    job.refresh_from_db()
    assert job.status == "succeeded"
    assert stored_files() == named_files()


def test_the_second_job_of_a_style_does_not_read_its_file_again(paint, noise: Style) -> None:
    paint()
    noise.checkpoint.storage.delete(noise.checkpoint.name)
    assert paint().status == "succeeded"
