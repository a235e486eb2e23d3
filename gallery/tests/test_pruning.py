"""What goes by itself after its days: unsaved results and emptied trashes, each said, nothing else touched."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone
from django_q.models import Schedule

from gallery.models import Artwork
from gallery.saving import save_artwork
from gallery.tasks import prune
from stylizer import job_lifecycle
from stylizer.models import Photo, Stylization
from stylizer.pruning import outdated, prune_history
from stylizer.tests.traces import named_files, stored_files

DAY = timedelta(days=1)


def aged(job: Stylization, days: float) -> Stylization:
    """Let the job have ended, and been made, so many days ago."""
    then = timezone.now() - days * DAY
    Stylization.objects.filter(pk=job.pk).update(created_at=then)
    Stylization.objects.filter(pk=job.pk, finished_at__isnull=False).update(finished_at=then)
    job.refresh_from_db()
    return job


@pytest.fixture
def command() -> Callable[..., str]:
    """Return a function that runs the command and returns what it says."""

    def run(*options: str) -> str:
        said = io.StringIO()
        call_command("prune", *options, stdout=said)
        return said.getvalue()

    return run


def test_only_unsaved_results_of_long_ago_go(
    alice: User, queue_photo, finish, django_capture_on_commit_callbacks
) -> None:
    old, recent, saved = (finish(queue_photo(alice)) for _ in range(3))
    save_artwork(saved)
    for job, days in ((old, 30.01), (recent, 29.9), (saved, 400)):
        aged(job, days)
    size = sum(file.size for file in (*old.result_files, old.photo.file, old.photo.before))
    with django_capture_on_commit_callbacks(execute=True):
        assert prune_history() == (1, size)
    assert {*Stylization.objects.all()} == {recent, saved}
    assert Photo.objects.count() == 2
    artwork = Artwork.objects.get()
    assert stored_files() - named_files() == {artwork.image.name, artwork.thumbnail.name}


@pytest.mark.parametrize("state", ["queued", "running"])
def test_what_waits_or_is_in_work_stays_however_old(alice: User, queue_photo, state: str) -> None:
    job = queue_photo(alice)
    if state == "running":
        job = job_lifecycle.claim("easel")
    aged(job, 400)
    # Even where an end was written down by mistake.
    Stylization.objects.update(finished_at=timezone.now() - 400 * DAY)
    assert prune_history() == (0, 0)
    assert Stylization.objects.get().status == state


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_what_came_to_nothing_goes_too(
    alice: User, queue_photo, state: str, django_capture_on_commit_callbacks
) -> None:
    job = queue_photo(alice)
    if state == "failed":
        job_lifecycle.fail(job_lifecycle.claim("easel"), "code", "Reason.")
    else:
        job_lifecycle.cancel(job)
    aged(job, 31)
    with django_capture_on_commit_callbacks(execute=True):
        assert prune_history().jobs == 1
    assert not Stylization.objects.exists()
    assert stored_files() == named_files()


def test_a_photo_stays_while_another_job_uses_it(
    alice: User, queue_photo, finish, style, django_capture_on_commit_callbacks
) -> None:
    old = finish(queue_photo(alice))
    Stylization.objects.create(owner=alice, style=style, photo=old.photo)
    size = sum(file.size for file in old.result_files)
    aged(old, 31)
    with django_capture_on_commit_callbacks(execute=True):
        assert prune_history() == (1, size)
    assert Photo.objects.get() == old.photo
    assert old.photo.file.name in stored_files()


def test_zero_days_keep_everything(alice: User, queue_photo, finish, settings) -> None:
    settings.EASEL_HISTORY_DAYS = 0
    aged(finish(queue_photo(alice)), 9999)
    assert prune_history() == (0, 0)
    assert not outdated().exists()


def test_a_dry_run_says_and_removes_nothing(alice: User, queue_photo, finish, make_artwork, command) -> None:
    aged(finish(queue_photo(alice)), 31)
    make_artwork(alice, trashed_at=timezone.now() - 31 * DAY)
    files = stored_files()
    said = command("--dry-run")
    assert "Would remove 1 unsaved results" in said
    assert "1 works from the trash" in said
    assert (Stylization.objects.count(), Artwork.objects.count(), stored_files()) == (1, 1, files)


def test_the_command_says_what_it_removed(
    alice: User, queue_photo, finish, make_artwork, command, django_capture_on_commit_callbacks
) -> None:
    aged(finish(queue_photo(alice)), 31)
    make_artwork(alice, trashed_at=timezone.now() - 31 * DAY)
    with django_capture_on_commit_callbacks(execute=True):
        said = command()
    assert "Removed 1 unsaved results (" in said
    assert "history, 1 works (" in said
    assert stored_files() == named_files()
    assert "Removed 0 unsaved results" in command(), "a second time there is nothing left to do"


def test_workers_do_it_every_day(db: None) -> None:
    schedule = Schedule.objects.get(func="gallery.tasks.prune")
    assert (schedule.schedule_type, schedule.repeats) == (Schedule.DAILY, -1)
    assert prune().startswith("Removed 0 unsaved results")
