"""The trash: out of sight, restored as it was, and gone in the end with every file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from gallery import starring
from gallery.models import Album, AlbumEntry, Artwork, Star, UnlistedLink
from gallery.trash import empty_trash
from stylizer.tests.traces import named_files, stored_files

Make = Callable[..., Artwork]


def act(client: Client, verb: str, *artworks: Artwork):
    keys = [artwork.pk for artwork in artworks]
    return client.post("/gallery/trash/selected/", {"verb": verb, "artworks": keys}, follow=True)


def test_restoring_brings_everything_back(
    as_alice: Client, anyone: Client, alice: User, charlie: User, make_artwork: Make
) -> None:
    artwork = make_artwork(alice, is_public=True)
    starring.star(charlie, artwork)
    link = UnlistedLink.objects.create(artwork=artwork)
    AlbumEntry.objects.create(album=Album.objects.create(owner=alice, name="Sea"), artwork=artwork)
    before = Artwork.objects.values().get()
    as_alice.post(f"/gallery/{artwork.pk}/delete/")
    assert anyone.get(f"/gallery/link/{link.token}/").status_code == 404
    page = as_alice.get(f"/gallery/{artwork.pk}/").content.decode()
    assert "This picture is in the trash" in page
    assert "/publish/" not in page
    assert "1 picture restored." in act(as_alice, "restore", artwork).content.decode()
    assert Artwork.objects.values().get() == before
    assert anyone.get(f"/gallery/link/{link.token}/").status_code == 200
    assert Star.objects.count() == AlbumEntry.objects.count() == 1


def test_only_the_chosen_go_and_all_of_them_when_the_trash_is_emptied(
    as_alice: Client, alice: User, charlie: User, make_artwork: Make, django_capture_on_commit_callbacks
) -> None:
    now = timezone.now()
    first, second, third = (make_artwork(alice, trashed_at=now) for _ in range(3))
    kept, his = make_artwork(alice), make_artwork(charlie, trashed_at=now)
    with django_capture_on_commit_callbacks(execute=True):
        assert "1 picture deleted for good." in act(as_alice, "delete", first, kept, his).content.decode()
    assert {*Artwork.objects.all()} == {second, third, kept, his}
    with django_capture_on_commit_callbacks(execute=True):
        assert "2 pictures deleted for good." in act(as_alice, "empty").content.decode()
    assert {*Artwork.objects.all()} == {kept, his}
    left = {file.name for artwork in (kept, his) for file in (artwork.image, artwork.thumbnail)}
    assert stored_files() - named_files() == left


@pytest.mark.parametrize("verb", ["restore", "delete"])
def test_nothing_chosen_and_not_ones_own(as_charlie: Client, alice: User, make_artwork: Make, verb: str) -> None:
    hers = make_artwork(alice, trashed_at=timezone.now())
    for chosen in ([], [hers]):
        assert "Select at least one picture." in act(as_charlie, verb, *chosen).content.decode()
    assert "0 pictures deleted for good." in act(as_charlie, "empty").content.decode()
    assert Artwork.objects.get().is_trashed


def test_all_three_files_go(
    as_alice: Client, alice: User, make_artwork: Make, django_capture_on_commit_callbacks
) -> None:
    artwork = make_artwork(alice, image_width=1200, image_height=900)
    assert as_alice.get(f"/gallery/{artwork.pk}/files/thumbnail-large/").getvalue()
    assert len(stored_files() - named_files()) == 3
    as_alice.post(f"/gallery/{artwork.pk}/delete/")
    with django_capture_on_commit_callbacks(execute=True):
        act(as_alice, "empty")
    assert stored_files() == named_files()


def test_the_trash_empties_itself_after_its_days(
    alice: User, make_artwork: Make, settings, django_capture_on_commit_callbacks
) -> None:
    settings.EASEL_TRASH_DAYS = 30
    now = timezone.now()
    old = make_artwork(alice, trashed_at=now - timedelta(days=30, minutes=1))
    make_artwork(alice, trashed_at=now - timedelta(days=29, hours=23))
    make_artwork(alice)
    size = old.image.size + old.thumbnail.size
    with django_capture_on_commit_callbacks(execute=True):
        assert empty_trash() == (1, size)
    assert Artwork.objects.count() == 2
    assert not Artwork.objects.filter(pk=old.pk).exists()
    assert old.image.name not in stored_files()


def test_without_days_it_stays_until_its_owner_empties_it(as_alice: Client, alice: User, make_artwork, settings):
    settings.EASEL_TRASH_DAYS = 0
    artwork = make_artwork(alice, trashed_at=timezone.now() - timedelta(days=9999))
    assert empty_trash() == (0, 0)
    assert "until you empty the trash" in as_alice.get("/gallery/trash/").content.decode()
    assert artwork.leaves_trash_at is None


def test_the_latest_deleted_comes_first(as_alice: Client, alice: User, make_artwork: Make) -> None:
    now = timezone.now()
    old, new = (make_artwork(alice, trashed_at=now - timedelta(days=days)) for days in (3, 1))
    assert as_alice.get("/gallery/trash/").context["artworks"] == [new, old]
