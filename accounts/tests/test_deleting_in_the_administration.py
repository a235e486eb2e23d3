"""An administrator who deletes an account deletes what a person would have deleted."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client

from accounts.models import FileRemoval
from stylizer.ownership import files_belonging_to
from stylizer.tests.traces import stored_files

USERS = "/admin/auth/user/"


def delete(client: Client, user: User):
    return client.post(f"{USERS}{user.pk}/delete/", {"post": "yes"})


def delete_selected(client: Client, *users: User):
    chosen = [str(user.pk) for user in users]
    return client.post(USERS, {"action": "delete_selected", "_selected_action": chosen, "post": "yes"})


@pytest.fixture
def commits_now(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def dora(db: None) -> User:
    """She is staff who manages accounts, and no superuser."""
    user = User.objects.create_user("dora", is_staff=True)
    names = ("view_user", "change_user", "delete_user")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return user


def names_of(user: User) -> set[str]:
    return {file.name for file in files_belonging_to(user)}


def test_rows_and_files_go(as_bob: Client, alice: User, charlie: User, furnish, commits_now) -> None:
    furnish(alice)
    furnish(charlie)
    hers, his = names_of(alice), names_of(charlie)
    page = as_bob.get(f"{USERS}{alice.pk}/delete/").content.decode()
    assert "alice: 2 photos, 2 paintings in the history, 1 work in the gallery" in page
    with commits_now():
        assert delete(as_bob, alice).status_code == 302
    assert not User.objects.filter(username="alice").exists()
    assert stored_files() & hers == set()
    assert stored_files() >= his
    assert not FileRemoval.objects.due().exists()
    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.object_repr) == ("bob", "(deleted account)")


def test_several_at_once(as_bob: Client, alice: User, charlie: User, furnish, commits_now) -> None:
    furnish(alice)
    furnish(charlie)
    with commits_now():
        assert delete_selected(as_bob, alice, charlie).status_code == 302
    assert [user.username for user in User.objects.all()] == ["bob"]
    assert {name.split("/")[0] for name in stored_files()} == {"styles"}


def test_the_last_superuser_stays(as_bob: Client, bob: User, alice: User) -> None:
    assert delete(as_bob, bob).status_code == 403
    page = delete_selected(as_bob, bob).content.decode()
    assert "bob, the last superuser" in page
    User.objects.filter(pk=alice.pk).update(is_superuser=True)
    delete_selected(as_bob, bob, alice)
    assert set(User.objects.all()) == {alice, bob}, "not both of the two there are"
    assert delete(as_bob, bob).status_code == 302
    assert list(User.objects.all()) == [alice]


def test_staff_who_manage_accounts_do_not_manage_superusers(dora: User, bob: User, alice: User, browser) -> None:
    client = browser(dora)
    assert delete(client, bob).status_code == 403
    delete_selected(client, bob)
    assert client.post(f"{USERS}{bob.pk}/password/", {}).status_code == 403
    assert User.objects.filter(username="bob").exists()
    assert delete(client, alice).status_code == 302
    assert not User.objects.filter(username="alice").exists()


def test_staff_do_not_make_themselves_superusers(dora: User, browser) -> None:
    client = browser(dora)
    page = client.get(f"{USERS}{dora.pk}/change/").content.decode()
    assert 'name="is_superuser"' not in page
    fields = {"username": "dora", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    dates = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    assert client.post(f"{USERS}{dora.pk}/change/", fields | dates).status_code == 302
    dora.refresh_from_db()
    assert not dora.is_superuser


def test_others_delete_nobody(as_charlie: Client, anyone: Client, alice: User) -> None:
    for client in (as_charlie, anyone):
        assert delete(client, alice).url.startswith("/admin/login/")
    assert User.objects.filter(pk=alice.pk).exists()
