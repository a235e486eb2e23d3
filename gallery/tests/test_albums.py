"""Albums: made, named, filled and deleted without a work being lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gallery.models import Album, AlbumEntry, Artwork

Make = Callable[..., Artwork]


@pytest.fixture
def sea(alice: User) -> Album:
    return Album.objects.create(owner=alice, name="Sea")


def put(client: Client, album: Album, *artworks: Artwork, verb: str = "add") -> str:
    data = {"verb": verb, "album": album.pk, "artworks": [artwork.pk for artwork in artworks]}
    return client.post("/gallery/mine/selected/", data, follow=True).content.decode()


def test_making_one(as_alice: Client, alice: User) -> None:
    response = as_alice.post("/gallery/albums/new/", {"name": "  Sea  "})
    album = Album.objects.get()
    assert (album.name, album.owner, response.url) == ("Sea", alice, f"/gallery/albums/{album.pk}/")
    assert "This album is empty" in as_alice.get(response.url).content.decode()


@pytest.mark.parametrize(
    ("name", "why"),
    [("", "An album needs a name."), ("  ", "An album needs a name."), ("x" * 81, "80"), ("Sea", "“Sea” already")],
)
def test_a_name_that_is_refused(as_alice: Client, sea: Album, name: str, why: str) -> None:
    response = as_alice.post("/gallery/albums/new/", {"name": name})
    assert response.status_code == 400
    assert why in response.content.decode()
    assert list(Album.objects.all()) == [sea]


def test_two_people_may_use_one_name(as_charlie: Client, sea: Album) -> None:
    as_charlie.post("/gallery/albums/new/", {"name": "Sea"})
    assert Album.objects.filter(name="Sea").count() == 2


def test_renaming(as_alice: Client, alice: User, sea: Album) -> None:
    Album.objects.create(owner=alice, name="Hills")
    for name, kept in (("Ocean", "Ocean"), ("Ocean", "Ocean"), ("", "Ocean"), ("Hills", "Ocean")):
        page = as_alice.post(f"/gallery/albums/{sea.pk}/rename/", {"name": name}, follow=True).content.decode()
        sea.refresh_from_db()
        assert sea.name == kept
        assert ("already" in page) is (name == "Hills")


def test_filling_and_taking_out(as_alice: Client, alice: User, sea: Album, make_artwork: Make) -> None:
    first, second, third = (make_artwork(alice) for _ in range(3))
    assert "1 picture is in “Sea” now." in put(as_alice, sea, first)
    assert "2 pictures are in “Sea” now." in put(as_alice, sea, first, second)
    page = as_alice.get(f"/gallery/albums/{sea.pk}/")
    assert page.context["artworks"] == [second, first], "the latest added first, and each once"
    put(as_alice, sea, second, third, verb="take-out")
    assert as_alice.get(f"/gallery/albums/{sea.pk}/").context["artworks"] == [first]
    assert Artwork.objects.count() == 3


def test_moving_leaves_every_other_album(as_alice: Client, alice: User, sea: Album, make_artwork: Make) -> None:
    hills = Album.objects.create(owner=alice, name="Hills")
    going, staying = make_artwork(alice), make_artwork(alice)
    put(as_alice, sea, going, staying)
    put(as_alice, hills, going, verb="move")
    assert list(sea.artworks.all()) == [staying]
    assert list(hills.artworks.all()) == [going]


def test_deleting_an_album_keeps_its_works(as_alice: Client, alice: User, sea: Album, make_artwork: Make) -> None:
    artwork = make_artwork(alice)
    put(as_alice, sea, artwork)
    page = as_alice.post(f"/gallery/albums/{sea.pk}/delete/", follow=True).content.decode()
    assert "still in your gallery" in page
    assert not Album.objects.exists()
    assert Artwork.objects.get() == artwork


def test_others_can_neither_fill_an_album_nor_put_its_works_into_their_own(
    as_charlie: Client, as_alice: Client, alice: User, charlie: User, sea: Album, make_artwork: Make
) -> None:
    his, hers = make_artwork(charlie), make_artwork(alice, is_public=True)
    own = Album.objects.create(owner=charlie, name="Mine")
    assert "Choose one of your albums." in put(as_charlie, sea, his)
    assert "Select at least one picture." in put(as_charlie, own, hers)
    assert not AlbumEntry.objects.exists()
    assert as_charlie.get(f"/gallery/albums/{sea.pk}/").status_code == 404


def test_a_picture_names_its_albums_to_its_owner_only(
    as_alice: Client, as_charlie: Client, alice: User, sea: Album, make_artwork: Make
) -> None:
    artwork = make_artwork(alice, is_public=True)
    put(as_alice, sea, artwork)
    address = f"/gallery/albums/{sea.pk}/"
    assert address in as_alice.get(f"/gallery/{artwork.pk}/").content.decode()
    assert address not in as_charlie.get(f"/gallery/{artwork.pk}/").content.decode()


def test_the_cover_is_the_latest_picture(as_alice: Client, alice: User, sea: Album, make_artwork: Make) -> None:
    older, newer = make_artwork(alice), make_artwork(alice)
    put(as_alice, sea, newer)
    put(as_alice, sea, older)
    assert as_alice.get("/gallery/albums/").context["albums"] == [(sea, older)]
    assert f"/gallery/{older.pk}/files/thumbnail/" in as_alice.get("/gallery/albums/").content.decode()
