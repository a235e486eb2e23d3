"""One thing done to many pictures: only one's own, and what was chosen."""

from __future__ import annotations

import io
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from gallery.forms import SelectionForm
from gallery.models import Album, AlbumEntry, Artwork

Make = Callable[..., Artwork]
VERBS = ("publish", "private", "download", "add", "move", "take-out", "delete")


def choose(client: Client, verb: str, *artworks: object, **data: object):
    keys = [getattr(artwork, "pk", artwork) for artwork in artworks]
    return client.post("/gallery/mine/selected/", {"verb": verb, "artworks": keys} | data, follow=True)


def state(*artworks: Artwork) -> list[tuple[bool, bool]]:
    rows = Artwork.objects.in_bulk([artwork.pk for artwork in artworks])
    return [(rows[artwork.pk].is_public, rows[artwork.pk].is_trashed) for artwork in artworks]


def test_publishing_and_making_private(as_alice: Client, anyone: Client, alice: User, make_artwork: Make) -> None:
    first, second, third = (make_artwork(alice) for _ in range(3))
    assert "2 pictures are public now." in choose(as_alice, "publish", first, second).content.decode()
    assert state(first, second, third) == [(True, False), (True, False), (False, False)]
    assert {*anyone.get("/gallery/").context["artworks"]} == {first, second}
    assert "1 picture is private now." in choose(as_alice, "private", second).content.decode()
    assert state(first, second, third) == [(True, False), (False, False), (False, False)]
    assert Artwork.objects.filter(published_at=None).count() == 2


def test_publishing_again_keeps_the_day(as_alice: Client, alice: User, make_artwork: Make) -> None:
    artwork = make_artwork(alice, is_public=True)
    choose(as_alice, "publish", artwork)
    assert Artwork.objects.get().published_at == artwork.published_at


def test_what_staff_hid_is_not_published(as_alice: Client, alice: User, make_artwork: Make) -> None:
    hidden, free = make_artwork(alice, hidden_at=timezone.now(), hidden_reason="Rights"), make_artwork(alice)
    page = choose(as_alice, "publish", hidden, free).content.decode()
    assert "1 picture is public now." in page
    assert "1 that staff hid cannot be published." in page
    assert state(hidden, free) == [(False, False), (True, False)]


def test_deleting_moves_to_the_trash(as_alice: Client, alice: User, make_artwork: Make) -> None:
    going, staying = make_artwork(alice), make_artwork(alice)
    assert "1 picture moved to the trash." in choose(as_alice, "delete", going).content.decode()
    assert state(going, staying) == [(False, True), (False, False)]


def test_a_download_is_a_zip_of_the_chosen(as_alice: Client, alice: User, make_artwork: Make) -> None:
    chosen = [make_artwork(alice, title=title) for title in ("Sea", "Sea", "../../etc/passwd", "海")]
    make_artwork(alice, title="Not chosen")
    response = choose(as_alice, "download", *chosen)
    assert response.streaming
    content = response.getvalue()
    assert response.headers["Content-Type"] == "application/zip"
    assert int(response.headers["Content-Length"]) == len(content)
    assert response.headers["Content-Disposition"].startswith('attachment; filename="easel-')
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == ["etcpasswd.jpg", "painting.jpg", "sea-2.jpg", "sea.jpg"]
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
        pictures = {archive.read(name) for name in archive.namelist()}
    assert pictures == {(Path(settings.MEDIA_ROOT) / artwork.image.name).read_bytes() for artwork in chosen}


def test_a_download_goes_on_without_a_file_that_is_lost(as_alice: Client, alice: User, make_artwork: Make) -> None:
    lost, there = make_artwork(alice, title="Lost"), make_artwork(alice, title="There")
    (Path(settings.MEDIA_ROOT) / lost.image.name).unlink()
    with zipfile.ZipFile(io.BytesIO(choose(as_alice, "download", lost, there).getvalue())) as archive:
        assert archive.namelist() == ["there.jpg"]


@pytest.mark.parametrize("verb", VERBS)
def test_others_works_are_left_alone(
    as_charlie: Client, as_bob: Client, alice: User, charlie: User, make_artwork: Make, verb: str
) -> None:
    hers = make_artwork(alice, is_public=True)
    own = Album.objects.create(owner=charlie, name="Mine")
    before = Artwork.objects.values().get()
    for client in (as_charlie, as_bob):
        page = choose(client, verb, hers, album=own.pk)
        assert not page.streaming
        assert "Select at least one picture." in page.content.decode() or client is as_bob
    assert Artwork.objects.values().get() == before
    assert not AlbumEntry.objects.exists()


@pytest.mark.parametrize("verb", VERBS)
def test_what_lies_in_the_trash_is_left_alone(as_alice: Client, alice: User, make_artwork: Make, verb: str) -> None:
    make_artwork(alice, trashed_at=timezone.now())
    album = Album.objects.create(owner=alice, name="Sea")
    before = Artwork.objects.values().get()
    assert "Select at least one picture." in choose(as_alice, verb, before["id"], album=album.pk).content.decode()
    assert Artwork.objects.values().get() == before


@pytest.mark.parametrize("keys", [[], [""], ["x"], ["\0"], [str(uuid.uuid4())], ["1"]])
def test_nothing_chosen(as_alice: Client, keys: list[str]) -> None:
    assert "Select at least one picture." in choose(as_alice, "delete", *keys).content.decode()


@pytest.mark.parametrize("verb", ["", "x", "purge"])
def test_no_such_thing_to_do(as_alice: Client, alice: User, make_artwork: Make, verb: str) -> None:
    artwork = make_artwork(alice)
    assert "Choose what to do." in choose(as_alice, verb, artwork).content.decode()
    assert state(artwork) == [(False, False)]


@pytest.mark.parametrize("verb", ["add", "move", "take-out"])
def test_an_album_is_needed(as_alice: Client, alice: User, make_artwork: Make, verb: str) -> None:
    artwork = make_artwork(alice)
    for album, answer in (("", "Choose an album."), ("999", "Choose one of your albums.")):
        assert answer in choose(as_alice, verb, artwork, album=album).content.decode()


def test_too_many_at_once(as_alice: Client, alice: User, make_artwork: Make, in_numbers, monkeypatch) -> None:
    monkeypatch.setattr(SelectionForm, "MAX_ARTWORKS", 2)
    first = make_artwork(alice)
    everything = [first, *in_numbers(first, 2)]
    assert "Select at most 2 pictures at once." in choose(as_alice, "delete", *everything).content.decode()
    assert not Artwork.objects.trashed_by(alice).exists()


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        ("/gallery/mine/?sort=title", "/gallery/mine/?sort=title"),
        ("/gallery/albums/", "/gallery/albums/"),
        ("https://evil.example/", "/gallery/mine/"),
        ("//evil.example/", "/gallery/mine/"),
        ("", "/gallery/mine/"),
    ],
)
def test_one_comes_back_to_the_list_and_to_no_other_site(
    as_alice: Client, alice: User, make_artwork: Make, wanted: str, where: str
) -> None:
    response = choose(as_alice, "publish", make_artwork(alice), next=wanted)
    assert response.redirect_chain == [(where, 302)]


def test_the_boxes_belong_to_the_form_without_scripts(as_alice: Client, alice: User, make_artwork: Make) -> None:
    artwork = make_artwork(alice, title="Sea")
    page = as_alice.get("/gallery/mine/").content.decode()
    assert f'value="{artwork.pk}"' in page
    assert 'form="selection"' in page
    assert 'id="selection"' in page
    assert "Select Sea" in page
