"""A photo in every style, small: asked for once, painted in one pass behind every painting, and its owner's alone."""

from __future__ import annotations

import io
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone
from PIL import Image

from stylizer import paint_previews as painting
from stylizer.deletion import delete_photo_unless_used
from stylizer.models import Photo, Style, StylePreview, Stylization
from stylizer.paint_previews import paint_previews_of
from stylizer.photo_intake import take_in
from stylizer.quota import bytes_used
from stylizer.style_previews import PHOTOS_WAITING, ask_for_previews, previews_of
from stylizer.tasks import paint_previews, sweep
from stylizer.tests import pictures
from stylizer.tests.queue_messages import forget_messages, messages
from stylizer.tests.traces import named_files, stored_files

pytestmark = pytest.mark.django_db


@pytest.fixture
def upload(db: None) -> Callable[..., Photo]:
    """Return a function that takes in a photo of somebody's."""

    def take(owner: User, width: int = 400, height: int = 300) -> Photo:
        return take_in(owner, SimpleUploadedFile("photo.jpg", pictures.jpeg(width, height), "image/jpeg"))

    return take


@pytest.fixture
def photo(alice: User, upload: Callable[..., Photo]) -> Photo:
    """A photo of Alice's."""
    return upload(alice)


def address(photo: Photo) -> str:
    return f"/photos/{photo.pk}/previews/"


def test_asking_makes_a_row_for_each_published_style_and_wakes_a_worker_once(
    as_alice: Client, photo: Photo, make_style, django_capture_on_commit_callbacks
) -> None:
    waves, tree = make_style("waves"), make_style("tree", b"another file")
    make_style("secret", b"a third file", is_published=False)
    assert as_alice.get(address(photo)).json() == {"previews": {}, "waiting": 0}
    assert not StylePreview.objects.exists(), "looking asks for nothing"
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            assert as_alice.post(address(photo)).json() == {"previews": {}, "waiting": 2}
    assert set(StylePreview.objects.values_list("checkpoint_sha256", flat=True)) == {
        waves.checkpoint_sha256,
        tree.checkpoint_sha256,
    }
    assert set(messages()) == {"stylizer.tasks.paint_previews"}


def test_a_preview_is_this_photo_painted_small(as_alice: Client, photo: Photo, noise: Style) -> None:
    ask_for_previews(photo)
    assert paint_previews(str(photo.pk)) == 1
    state = as_alice.get(address(photo)).json()
    assert state["waiting"] == 0
    answer = as_alice.get(state["previews"]["noise"])
    assert answer.headers["Cache-Control"].startswith("private")
    with Image.open(io.BytesIO(answer.getvalue())) as picture:
        assert (picture.format, picture.size) == ("WEBP", (256, 192))
        seen = np.asarray(picture.convert("RGB"), dtype=float)
    with photo.before.open("rb") as file, Image.open(file) as before:
        small = np.asarray(before.resize((256, 192)).convert("RGB"), dtype=float)
    assert np.abs(seen - small).mean() > 10, "it is painted"
    preview = StylePreview.objects.get()
    assert (preview.width, preview.height, preview.attempts) == (256, 192, 1)
    assert stored_files() == named_files()
    assert bytes_used(photo.owner) > photo.byte_size, "what it takes is counted"


@pytest.mark.parametrize(
    ("photo_size", "painted"), [((64, 48), (64, 48)), ((300, 900), (128, 384)), ((1000, 1000), (192, 192))]
)
def test_the_shorter_side_is_192_unless_the_photo_is_smaller_or_very_long(
    alice: User, upload, noise: Style, photo_size: tuple[int, int], painted: tuple[int, int]
) -> None:
    photo = upload(alice, *photo_size)
    ask_for_previews(photo)
    paint_previews_of(photo)
    preview = StylePreview.objects.get()
    assert (preview.width, preview.height) == painted


def test_a_preview_is_painted_once_and_again_only_for_another_style_file(photo: Photo, noise: Style) -> None:
    ask_for_previews(photo)
    assert paint_previews_of(photo) == 1
    ask_for_previews(photo)
    assert paint_previews_of(photo) == 0
    Style.objects.update(checkpoint_sha256="f" * 64)
    assert previews_of(photo) == {"previews": {}, "waiting": 0}
    ask_for_previews(photo)
    assert previews_of(photo) == {"previews": {}, "waiting": 1}


def test_nobody_else_learns_of_it(
    as_charlie: Client, as_bob: Client, anyone: Client, alice: User, as_alice: Client, photo: Photo, noise: Style
) -> None:
    ask_for_previews(photo)
    paint_previews_of(photo)
    picture = previews_of(photo)["previews"]["noise"]
    for client, status in ((as_charlie, 404), (as_bob, 404), (anyone, 302)):
        assert client.get(picture).status_code == status
        assert client.get(address(photo)).status_code == status
        assert client.post(address(photo)).status_code == status
    assert as_alice.get(picture).getvalue()[8:12] == b"WEBP"
    assert as_alice.get(f"/photos/{uuid.uuid4()}/previews/").status_code == 404
    assert as_alice.get(picture.replace(noise.checkpoint_sha256, "0" * 64)).status_code == 404


def test_a_preview_that_is_not_painted_yet_is_not_served(as_alice: Client, photo: Photo, style: Style) -> None:
    ask_for_previews(photo)
    assert as_alice.get(StylePreview.objects.get().get_absolute_url()).status_code == 404


def test_one_person_waits_for_few_photos_at_a_time(alice: User, charlie: User, upload, style: Style) -> None:
    photos = [upload(alice) for _ in range(PHOTOS_WAITING + 1)]
    for photo in photos:
        ask_for_previews(photo)
    assert [previews_of(photo)["waiting"] for photo in photos] == [*[1] * PHOTOS_WAITING, 0]
    theirs = upload(charlie)
    ask_for_previews(theirs)
    assert previews_of(theirs)["waiting"] == 1
    StylePreview.objects.filter(photo=photos[0]).update(picture="somewhere.webp")
    ask_for_previews(photos[-1])
    assert previews_of(photos[-1])["waiting"] == 1


def test_nobody_gets_previews_while_the_queue_is_long(alice: User, photo: Photo, queue_photo, settings) -> None:
    settings.EASEL_WORKERS = 1
    for _ in range(5):
        queue_photo(alice)
    ask_for_previews(photo)
    assert previews_of(photo)["waiting"] == 0
    Stylization.objects.first().delete()
    ask_for_previews(photo)
    assert previews_of(photo)["waiting"] == 1


def test_a_painting_that_is_queued_goes_first(
    alice: User, photo: Photo, noise: Style, queue_photo, django_capture_on_commit_callbacks
) -> None:
    ask_for_previews(photo)
    job = queue_photo(alice, style=noise)
    forget_messages()
    with django_capture_on_commit_callbacks(execute=True):
        assert paint_previews(str(photo.pk)) == 0
    assert messages() == ["stylizer.tasks.paint_next", "stylizer.tasks.paint_previews"]
    Stylization.objects.filter(pk=job.pk).update(status="cancelled")
    assert paint_previews(str(photo.pk)) == 1


def test_what_a_dead_worker_had_claimed_is_painted_by_another(
    photo: Photo, noise: Style, django_capture_on_commit_callbacks
) -> None:
    ask_for_previews(photo)
    dead = StylePreview.objects.get()
    assert dead.claim_it()
    dead.picture.save("", ContentFile(b"half a picture"), save=False)
    assert stored_files() - named_files()
    assert paint_previews(str(photo.pk)) == 0, "it may still be alive"
    assert previews_of(photo)["waiting"] == 1
    StylePreview.objects.update(claimed_at=timezone.now() - timedelta(minutes=2))
    forget_messages()
    with django_capture_on_commit_callbacks(execute=True):
        sweep()
    assert messages() == ["stylizer.tasks.paint_previews"]
    assert paint_previews(str(photo.pk)) == 1
    assert stored_files() == named_files()


def test_a_preview_that_killed_two_workers_is_given_up(photo: Photo, style: Style) -> None:
    ask_for_previews(photo)
    for _ in range(2):
        assert StylePreview.objects.get().claim_it()
        StylePreview.objects.update(claimed_at=timezone.now() - timedelta(minutes=2))
    assert not StylePreview.objects.get().claim_it()
    assert previews_of(photo) == {"previews": {}, "waiting": 0}


def test_a_style_that_cannot_be_opened_costs_only_its_own_preview(photo: Photo, noise: Style, make_style) -> None:
    make_style("broken", b"no style file at all", position=1)
    ask_for_previews(photo)
    assert paint_previews_of(photo) == 1
    assert list(previews_of(photo)["previews"]) == ["noise"]
    assert stored_files() == named_files()


def test_the_previews_go_with_the_photo(photo: Photo, noise: Style, django_capture_on_commit_callbacks) -> None:
    ask_for_previews(photo)
    paint_previews_of(photo)
    with django_capture_on_commit_callbacks(execute=True):
        assert delete_photo_unless_used(photo)
    assert not StylePreview.objects.exists()
    assert stored_files() == {noise.checkpoint.name, noise.preview.name}


def test_a_photo_deleted_while_its_preview_is_painted_leaves_nothing(
    photo: Photo, noise: Style, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    ask_for_previews(photo)
    encode = painting.encode_image

    def delete_then_encode(*arguments: object) -> bytes:
        with django_capture_on_commit_callbacks(execute=True):
            delete_photo_unless_used(photo)
        return encode(*arguments)

    monkeypatch.setattr(painting, "encode_image", delete_then_encode)
    assert paint_previews_of(Photo.objects.get()) == 0
    assert stored_files() == {noise.checkpoint.name, noise.preview.name}


@pytest.mark.django_db(transaction=True)
def test_workers_that_race_paint_each_preview_once(photo: Photo, noise: Style) -> None:
    ask_for_previews(photo)
    start = threading.Barrier(3, timeout=60)

    def work(_: int) -> int:
        try:
            start.wait()
            return paint_previews(str(photo.pk))
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as threads:
        assert sum(threads.map(work, range(3))) == 1
    assert StylePreview.objects.get().attempts == 1
    assert stored_files() == named_files()
