"""Photos that several jobs share: stored once, gone with the last job, pruned when nobody used them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from django_q.models import Schedule

from stylizer.deletion import delete_job, delete_photo_unless_used, prune_photos
from stylizer.enqueue import enqueue, enqueue_photo
from stylizer.models import Photo, Style, Stylization
from stylizer.paint_choices import DEFAULTS
from stylizer.photo_intake import shown_name, take_in
from stylizer.rejections import Rejected
from stylizer.tests import pictures
from stylizer.tests.traces import named_files, stored_files

pytestmark = pytest.mark.django_db
Queue = Callable[..., Stylization]


def upload(name: str = "photo.jpg", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, pictures.jpeg() if content is None else content, "image/jpeg")


def test_a_photo_knows_its_file_and_its_upright_size(alice: User) -> None:
    content = pictures.sideways_jpeg(60, 90)
    photo = take_in(alice, upload("Holiday.jpg", content))
    photo.refresh_from_db()
    assert (photo.owner, photo.name, photo.width, photo.height) == (alice, "Holiday.jpg", 60, 90)
    assert (photo.byte_size, photo.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert (photo.before_width, photo.before_height) == (60, 90)
    with photo.file.open("rb") as file:
        assert file.read() == content, "as it was sent"


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("C:\\photos\\a.jpg", "a.jpg"),
        ("../../etc/passwd", "passwd"),
        ("a\x00b\n\u202e.jpg", "ab.jpg"),
        ("x" * 300, "x" * 100),
        (None, ""),
        ("Čtvrtek 9.heic", "Čtvrtek 9.heic"),
    ],
)
def test_names_are_shown_without_what_could_mislead(sent: str | None, shown: str) -> None:
    assert shown_name(sent) == shown


def test_a_bad_photo_leaves_nothing(alice: User, leaves_no_trace) -> None:
    with leaves_no_trace(), pytest.raises(Rejected) as refusal:
        take_in(alice, upload(content=pictures.truncated_jpeg()))
    assert refusal.value.code == "photo_damaged"


def test_a_photo_is_seen_by_its_owner_only(alice: User, bob: User, charlie: User) -> None:
    photo = take_in(alice, upload())
    assert list(Photo.objects.visible_to(alice)) == [photo]
    for other in (bob, charlie, AnonymousUser()):
        assert not Photo.objects.visible_to(other)


def test_a_photo_of_somebody_else_cannot_be_painted(alice: User, charlie: User, style: Style, leaves_no_trace) -> None:
    photo = take_in(alice, upload())
    with leaves_no_trace(), pytest.raises(Rejected) as refusal:
        enqueue_photo(charlie, photo.pk, style, DEFAULTS)
    assert refusal.value.code == "photo_missing"


def test_a_refused_job_takes_its_upload_along(alice: User, style: Style, settings, leaves_no_trace) -> None:
    settings.EASEL_MAX_QUEUED_PER_USER = 0
    with leaves_no_trace(), pytest.raises(Rejected) as refusal:
        enqueue(alice, upload(), style, DEFAULTS)
    assert refusal.value.code == "too_many_jobs"


def test_the_photo_goes_with_its_last_job(
    alice: User, style: Style, make_style, django_capture_on_commit_callbacks
) -> None:
    photo = take_in(alice, upload())
    first = enqueue_photo(alice, photo.pk, style, DEFAULTS)
    second = enqueue_photo(alice, photo.pk, make_style("other"), DEFAULTS)
    with django_capture_on_commit_callbacks(execute=True):
        delete_job(first)
    assert Photo.objects.get() == photo
    assert {photo.file.name, photo.before.name} <= stored_files()
    with django_capture_on_commit_callbacks(execute=True):
        delete_job(second)
    assert not Photo.objects.exists()
    assert stored_files() == named_files()


def test_a_used_photo_is_not_deleted(alice: User, queue_photo: Queue, leaves_no_trace) -> None:
    job = queue_photo(alice)
    with leaves_no_trace():
        assert delete_photo_unless_used(job.photo) is False


def test_what_nobody_used_for_a_day_is_pruned(
    alice: User, queue_photo: Queue, django_capture_on_commit_callbacks
) -> None:
    used, old, fresh = queue_photo(alice).photo, take_in(alice, upload()), take_in(alice, upload())
    long_ago = timezone.now() - timedelta(days=1, minutes=1)
    Photo.objects.filter(pk__in=[used.pk, old.pk]).update(created_at=long_ago)
    with django_capture_on_commit_callbacks(execute=True):
        assert prune_photos() == 1
    assert set(Photo.objects.all()) == {used, fresh}
    assert stored_files() == named_files()
    assert prune_photos() == 0


def test_pruning_is_scheduled() -> None:
    schedule = Schedule.objects.get(func="stylizer.deletion.prune_photos")
    assert (schedule.schedule_type, schedule.repeats) == (Schedule.HOURLY, -1)


def test_an_account_goes_with_jobs_and_photos(alice: User, queue_photo: Queue) -> None:
    queue_photo(alice)
    alice.delete()
    assert not Photo.objects.exists()
    assert not Stylization.objects.exists()


def test_an_upload_the_disk_had_no_room_for_leaves_nothing(alice: User, leaves_no_trace) -> None:
    class FullDisk(ContentFile):
        def __init__(self, content: bytes, name: str) -> None:
            super().__init__(content, name)
            self.reads = 0

        def chunks(self, chunk_size: int | None = None):
            self.reads += 1
            if self.reads == 1:  # for the hash
                yield self.file.getvalue()
            else:
                yield b"half"
                raise OSError(28, "No space left on device")

    with leaves_no_trace(), pytest.raises(OSError, match="No space"):
        take_in(alice, FullDisk(pictures.jpeg(), "a.jpg"))


def test_another_style_by_the_studio_shares_the_upload(
    as_alice: Client, alice: User, queue_photo: Queue, make_style
) -> None:
    earlier = queue_photo(alice)
    make_style("other")
    before = stored_files()
    as_alice.post("/studio/", {"photo_from": str(earlier.pk), "style": "other"})
    assert Stylization.objects.filter(photo=earlier.photo).count() == 2
    assert stored_files() == before
