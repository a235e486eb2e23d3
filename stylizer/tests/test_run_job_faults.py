"""Painting that goes wrong: a reason a person can read, nothing orphaned, and never a result that was not asked for."""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.utils import timezone

from stylizer import job_lifecycle
from stylizer.enqueue import enqueue
from stylizer.models import Style, Stylization
from stylizer.paint_choices import DEFAULTS
from stylizer.run_job import run_job
from stylizer.tasks import paint_next
from stylizer.tests import pictures
from stylizer.tests.traces import named_files, stored_files, wake_messages

pytestmark = pytest.mark.django_db
Queue = Callable[..., Stylization]


def on_disk(file) -> Path:
    return Path(settings.MEDIA_ROOT) / file.name


def claimed() -> Stylization:
    job = job_lifecycle.claim("worker")
    assert job is not None
    return job


@pytest.mark.parametrize("damage", ["flipped", "cut", "empty", "gone"])
def test_a_style_file_that_was_damaged_since(
    alice: User, make_style, style_file: bytes, queue_photo: Queue, damage: str
) -> None:
    # Each its own slug and sha, so that no engine of another test is at hand.
    style = make_style(f"broken-{damage}", style_file)
    Style.objects.filter(pk=style.pk).update(checkpoint_sha256=damage * 8)
    path = on_disk(style.checkpoint)
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes({"flipped": b"\xff" * 64 + style_file[64:], "cut": style_file[:1000], "empty": b""}[damage])
    job = queue_photo(alice, style=style)
    paint_next()
    job.refresh_from_db()
    assert (job.status, job.error_code, job.attempts) == ("failed", "checkpoint_invalid", 1)
    assert job.error_detail.endswith(".")
    assert "Traceback" not in job.error_detail
    assert not job.result
    assert stored_files() == named_files() - ({style.checkpoint.name} if damage == "gone" else set())


def test_the_reason_of_a_failure_tells_no_path_of_the_server(
    alice: User, make_style, style_file: bytes, queue_photo: Queue
) -> None:
    style = make_style("moved", style_file)
    Style.objects.filter(pk=style.pk).update(checkpoint_sha256="moved")
    on_disk(style.checkpoint).unlink()
    job = queue_photo(alice, style=style)
    paint_next()
    job.refresh_from_db()
    assert job.status == "failed"
    assert str(settings.MEDIA_ROOT) not in job.error_detail


def test_a_photo_that_was_damaged_since(alice: User, noise: Style, queue_photo: Queue) -> None:
    job = queue_photo(alice, style=noise)
    on_disk(job.photo.file).write_bytes(pictures.truncated_jpeg())
    paint_next()
    job.refresh_from_db()
    assert (job.status, job.error_code) == ("failed", "image_unreadable")
    assert stored_files() == named_files()


def test_a_photo_that_is_gone_is_tried_three_times(
    alice: User, noise: Style, queue_photo: Queue, caplog, django_capture_on_commit_callbacks
) -> None:
    job = queue_photo(alice, style=noise)
    on_disk(job.photo.file).unlink()
    assert_fails_after_three_attempts(job, caplog, django_capture_on_commit_callbacks)


def test_storage_that_cannot_be_written_is_tried_three_times(
    alice: User, noise: Style, queue_photo: Queue, caplog, django_capture_on_commit_callbacks
) -> None:
    job = queue_photo(alice, style=noise)
    run_out_of_space_for(job)
    assert_fails_after_three_attempts(job, caplog, django_capture_on_commit_callbacks)


def run_out_of_space_for(job: Stylization) -> None:
    """Make the job's folder a link to /proc, where no file can be made."""
    folder = (Path(settings.MEDIA_ROOT) / job.result.field.generate_filename(job, "")).parent
    folder.parent.mkdir(parents=True)
    folder.symlink_to("/proc/self")


def assert_fails_after_three_attempts(job: Stylization, caplog, on_commit) -> None:
    for attempt, status in ((1, "queued"), (2, "queued"), (3, "failed")):
        before = wake_messages()
        with caplog.at_level(logging.ERROR, "stylizer"), on_commit(execute=True):
            run_job(claimed())
        job.refresh_from_db()
        assert (job.status, job.attempts) == (status, attempt)
        assert f"job {job.pk} failed in attempt {attempt}" in caplog.text
        assert wake_messages() == before + 1
    assert job.error_code == "internal_error"
    assert "log" in job.error_detail
    assert not job.result


def test_cancelling_while_it_is_painted_drops_it(alice: User, noise: Style, queue_photo: Queue, monkeypatch) -> None:
    queue_photo(alice, style=noise)
    job = claimed()
    cancel_at(monkeypatch, job, 0.5)
    assert run_job(job) is False
    job.refresh_from_db()
    assert (job.status, bool(job.result), bool(job.thumbnail)) == ("cancelled", False, False)
    assert job.progress < 100
    assert stored_files() == named_files()


def cancel_at(monkeypatch, job: Stylization, share: float) -> None:
    """Let the owner cancel when the painting is ``share`` done."""
    monkeypatch.setattr("stylizer.lease_keeper.PROGRESS_INTERVAL", 0)
    renew = job_lifecycle.renew

    def cancel_then_renew(held: Stylization, *, progress: int | None = None) -> bool:
        if progress is not None and progress >= 100 * share:
            job_lifecycle.cancel(held)
        return renew(held, progress=progress)

    monkeypatch.setattr(job_lifecycle, "renew", cancel_then_renew)


def test_cancelling_after_the_last_stroke_drops_the_files(
    alice: User, noise: Style, queue_photo: Queue, monkeypatch
) -> None:
    queue_photo(alice, style=noise)
    job = claimed()
    succeed = job_lifecycle.succeed

    def cancel_then_succeed(held: Stylization) -> bool:
        assert len(stored_files() - named_files()) == 3, "the result is written already"
        assert job_lifecycle.cancel(held)
        return succeed(held)

    monkeypatch.setattr(job_lifecycle, "succeed", cancel_then_succeed)
    assert run_job(job) is False
    job.refresh_from_db()
    assert job.status == "cancelled"
    assert not job.result
    assert stored_files() == named_files()


def test_a_worker_that_was_taken_for_dead_leaves_the_others_result_alone(
    alice: User, noise: Style, queue_photo: Queue
) -> None:
    queue_photo(alice, style=noise)
    slow = claimed()
    Stylization.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    paint_next()
    done = Stylization.objects.values().get()
    assert done["status"] == "succeeded"
    assert done["attempts"] == 2
    files = stored_files()
    assert run_job(slow) is False
    assert Stylization.objects.values().get() == done
    assert stored_files() == files == named_files()


def test_trying_a_failed_one_again_paints_it(alice: User, noise: Style, queue_photo: Queue) -> None:
    job = queue_photo(alice, style=noise)
    good = on_disk(job.photo.file).read_bytes()
    on_disk(job.photo.file).write_bytes(b"damaged")
    paint_next()
    on_disk(job.photo.file).write_bytes(good)
    job.refresh_from_db()
    assert job.status == "failed"
    assert job_lifecycle.try_again(job)
    paint_next()
    job.refresh_from_db()
    assert (job.status, job.error_code, job.error_detail) == ("succeeded", "", "")


class FullDisk(ContentFile):
    """A picture of which only the first bytes can be written."""

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        yield self.read(100)
        raise OSError(errno.ENOSPC, "No space left on device")


def test_what_a_full_disk_cut_off_is_removed(alice: User, noise: Style, queue_photo: Queue, monkeypatch) -> None:
    queue_photo(alice, style=noise)
    monkeypatch.setattr("stylizer.result_files.ContentFile", FullDisk)
    for status in ("queued", "queued", "failed"):
        assert run_job(claimed()) is False
        assert Stylization.objects.get().status == status
        assert stored_files() == named_files()


def test_an_upload_that_a_full_disk_cut_off_is_removed(alice: User, style: Style) -> None:
    before = stored_files()
    with pytest.raises(OSError, match="No space"):
        enqueue(alice, FullDisk(pictures.jpeg(), "photo.jpg"), style, DEFAULTS)
    assert stored_files() == before
    assert not Stylization.objects.exists()
