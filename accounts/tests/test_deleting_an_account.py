"""An account goes with everything in it, rows and files, and with nothing of anybody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.test import Client
from django.utils import timezone

from accounts import tasks
from accounts.deletion import delete_account
from accounts.models import FileRemoval
from gallery.models import Artwork
from stylizer import job_lifecycle
from stylizer.models import Status, Stylization
from stylizer.ownership import files_belonging_to, holdings
from stylizer.rejections import Rejected
from stylizer.tests.traces import stored_files

PASSWORD = "a long walk home"
DELETE = "/account/delete/"
MEANT = {"username": "alice", "password": PASSWORD}


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    """What happens when the transaction is committed happens."""
    with django_capture_on_commit_callbacks(execute=True):
        yield


@pytest.fixture
def furnished(alice: User, charlie: User, furnish, star) -> tuple[Artwork, Artwork]:
    hers, his = furnish(alice), furnish(charlie)
    star(alice, his)
    star(charlie, hers)
    return hers, his


def rows_naming(word: str) -> list[str]:
    """Return every row of the database that says ``word`` anywhere."""
    return [
        f"{model._meta.label}: {row}"
        for model in apps.get_models()
        for row in model._base_manager.values()
        if word in str(row)
    ]


def names_of(user: User) -> set[str]:
    return {file.name for file in files_belonging_to(user)}


def rows_of(user: User) -> dict[str, int]:
    return {held.model._meta.label: held.belonging_to(user).count() for held in holdings()}


def test_nothing_of_hers_is_left_and_everything_of_his(
    furnished, as_alice: Client, alice: User, charlie: User, django_capture_on_commit_callbacks
) -> None:
    hers, his = names_of(alice), names_of(charlie)
    styles = {name for name in stored_files() if name.startswith("styles/")}
    assert stored_files() == hers | his | styles
    assert len(hers) == 10
    counts, pk = rows_of(charlie), alice.pk
    assert rows_naming("alice")
    with django_capture_on_commit_callbacks(execute=True):
        response = as_alice.post(DELETE, MEANT)
        assert stored_files() == hers | his | styles, "not before the transaction is committed"
    assert (response.status_code, response.url) == (302, "/")
    assert stored_files() == his | styles
    assert rows_naming("alice") == []
    for held in holdings():
        assert not held.vanishing_with(User(pk=pk)).exists(), held.model
    assert not FileRemoval.objects.due().exists()

    assert names_of(charlie) == his
    counts["gallery.Star"] -= 1  # his star and report were for a work of hers
    counts["gallery.Report"] -= 1
    assert rows_of(charlie) == counts
    assert Artwork.objects.get().star_count == 0, "hers is not counted any more"


def test_she_is_signed_out_everywhere_and_told(furnished, alice: User, commits) -> None:
    desk, phone = Client(), Client()
    for client in (desk, phone):
        client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    response = desk.post(DELETE, MEANT, follow=True)
    assert "Your account is deleted, with everything in it." in response.content.decode()
    assert phone.get("/studio/").status_code == 302
    assert not UserSession.objects.exists()
    assert not Session.objects.exists()
    desk.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert desk.get("/studio/").status_code == 302


def test_her_published_work_and_her_tokens_end(furnished, as_alice: Client, alice: User, program, anyone, commits):
    hers, his = furnished
    client = program(alice)
    assert anyone.get(hers.get_absolute_url()).status_code == 200
    as_alice.post(DELETE, MEANT)
    assert anyone.get(hers.get_absolute_url()).status_code == 404
    assert anyone.get(his.get_absolute_url()).status_code == 200
    assert client.get("/api/v1/stylizations/").status_code == 401


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"username": "alice", "password": "wrong"}, "password"),
        ({"username": "alice", "password": ""}, "password"),
        ({"username": "Alice", "password": PASSWORD}, "username"),
        ({"username": "charlie", "password": PASSWORD}, "username"),
        ({"username": "", "password": PASSWORD}, "username"),
    ],
)
def test_nothing_happens_unless_it_is_meant(furnished, as_alice: Client, leaves_no_trace, said, field: str) -> None:
    with leaves_no_trace():
        response = as_alice.post(DELETE, said)
    assert response.status_code == 400
    assert response.context["form"].errors.keys() == {field}
    assert User.objects.filter(username="alice").exists()


def test_guessing_the_password_is_stopped(as_alice: Client) -> None:
    codes = [as_alice.post(DELETE, {"username": "alice", "password": "guess"}).status_code for _ in range(6)]
    assert codes == [400] * 5 + [429]
    assert as_alice.post(DELETE, MEANT).status_code == 429


def test_the_page_says_what_goes(furnished, as_alice: Client) -> None:
    page = " ".join(as_alice.get(DELETE).content.decode().split())
    assert "<li>2 photos</li>" in page
    assert "1 published work of yours leaves the public gallery" in page
    assert "Type alice to confirm." in page


def test_a_worker_drops_what_it_was_painting(alice: User, queue_photo, noise, commits_now) -> None:
    from stylizer.run_job import run_job

    queue_photo(alice, style=noise)
    claimed = job_lifecycle.claim("worker")
    before = {name for name in stored_files() if name.startswith("styles/")}
    with commits_now():
        delete_account(alice)
    assert not run_job(claimed)
    assert stored_files() == before
    assert not Stylization.objects.exists()


def test_what_a_killed_worker_left_goes_as_well(
    alice: User, queue_photo, media, django_capture_on_commit_callbacks
) -> None:
    job = queue_photo(alice)
    claimed = job_lifecycle.claim("worker")
    claimed.result.save("", ContentFile(b"half a painting"), save=False)  # no row names it
    with django_capture_on_commit_callbacks(execute=True):
        delete_account(alice)
    assert not [name for name in stored_files() if str(job.pk) in name]
    # Written by a worker that was killed after that: found when no worker can be at it any more.
    claimed.result.save("", ContentFile(b"half a painting"), save=False)
    tasks.upkeep()
    assert [name for name in stored_files() if str(job.pk) in name]
    FileRemoval.objects.update(due_at=timezone.now())
    tasks.upkeep()
    assert not [name for name in stored_files() if str(job.pk) in name]
    assert not FileRemoval.objects.exists()


def test_no_empty_folder_is_left(alice: User, alices_artwork: Artwork, media, commits_now) -> None:
    assert list(media.rglob(str(alices_artwork.pk)))
    with commits_now():
        delete_account(alice)
    assert not [path for path in media.rglob("*") if path.is_dir() and len(path.name) == 36], "none named by a row"


@pytest.fixture
def commits_now(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def test_a_file_that_cannot_be_removed_is_logged_and_found_later(
    alice: User, alices_job: Stylization, monkeypatch, caplog, commits_now
) -> None:
    kept = alices_job.result.name
    delete = FileSystemStorage.delete

    def failing(self: FileSystemStorage, name: str) -> None:
        if name == kept:
            raise PermissionError("read-only disk")
        delete(self, name)

    monkeypatch.setattr(FileSystemStorage, "delete", failing)
    with commits_now():
        delete_account(alice)
    assert not User.objects.exists()
    assert [name for name in stored_files() if not name.startswith("styles/")] == [kept]
    assert "could not be removed; it is tried again later" in caplog.text
    removal = FileRemoval.objects.get()
    assert (removal.attempts, removal.error) == (1, "PermissionError: read-only disk")
    assert removal.due_at > timezone.now() + timedelta(minutes=1)

    monkeypatch.undo()
    assert tasks.upkeep() == 0, "not yet"
    FileRemoval.objects.update(due_at=timezone.now())
    assert tasks.upkeep() == 1
    assert [name for name in stored_files() if not name.startswith("styles/")] == []


def test_a_deletion_that_fails_leaves_everything(alice: User, furnished, monkeypatch, leaves_no_trace) -> None:
    def failing(*args: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("accounts.deletion._forget_in_log", failing)
    with leaves_no_trace(), pytest.raises(RuntimeError):
        delete_account(alice)
    alice.refresh_from_db()
    assert not FileRemoval.objects.exists()


def test_the_last_superuser_stays(as_bob: Client, bob: User, alice: User, commits) -> None:
    page = as_bob.get(DELETE).content.decode()
    assert "This is the only superuser left" in page
    assert 'name="password"' not in page
    response = as_bob.post(DELETE, {"username": "bob", "password": PASSWORD})
    assert response.status_code == 409
    with pytest.raises(Rejected, match="only superuser left"):
        delete_account(bob)
    User.objects.filter(pk=alice.pk).update(is_superuser=True, is_active=False)
    assert as_bob.post(DELETE, {"username": "bob", "password": PASSWORD}).status_code == 409, "one who cannot sign in"
    User.objects.filter(pk=alice.pk).update(is_active=True)
    assert as_bob.post(DELETE, {"username": "bob", "password": PASSWORD}).status_code == 302
    assert list(User.objects.all()) == [alice]


def test_jobs_that_waited_are_gone(alice: User, queue_photo, commits) -> None:
    queue_photo(alice)
    delete_account(alice)
    assert not Stylization.objects.filter(status=Status.QUEUED).exists()
    assert job_lifecycle.claim("worker") is None


def test_a_wrong_count_of_stars_keeps_nobody(furnished, alice: User, commits) -> None:
    Artwork.objects.update(star_count=0)
    delete_account(alice)
    assert Artwork.objects.get().star_count == 0
