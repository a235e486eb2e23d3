"""Tiles are kept between requests, and show what is so now; a picture on show is found without asking who asks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gallery.models import Artwork
from gallery.publishing import make_private, publish
from gallery.starring import star
from gallery.tiles import Tile, tile_of

Make = Callable[..., Artwork]


def page(client: Client) -> str:
    return str(client.get("/gallery/").content.decode())


@pytest.fixture
def shown(alice: User, make_artwork: Make) -> Artwork:
    artwork = make_artwork(alice, title="Harbour <1>")
    publish(Artwork.objects.filter(pk=artwork.pk))
    return artwork


def test_a_kept_tile_follows_what_it_shows(anyone: Client, as_charlie: Client, charlie: User, shown: Artwork) -> None:
    assert "Harbour &lt;1&gt;" in page(anyone)
    assert "tile__stars" not in page(as_charlie)
    star(charlie, shown)
    shown.title = "Garden"
    shown.save(update_fields=["title"])
    for visitor in (anyone, as_charlie):
        assert "Garden" in page(visitor)
        assert "Harbour" not in page(visitor)
        assert "tile__stars" in page(visitor)
    make_private(Artwork.objects.filter(pk=shown.pk))
    for visitor in (anyone, as_charlie):
        assert "Garden" not in page(visitor)


def test_the_same_work_has_another_tile_in_another_list(as_alice: Client, alice: User, shown: Artwork) -> None:
    by_owner, by_person = tile_of(shown, "owner").html, tile_of(shown, "person").html
    assert shown.style.name in by_owner
    assert shown.style.name not in by_person
    assert alice.get_username() in by_owner
    assert alice.get_username() in by_person
    own = as_alice.get("/gallery/mine/").content.decode()
    assert "tile__badge" in own
    assert "tile__check" in own
    assert "tile__badge" not in page(as_alice)


def test_only_tiles_without_an_age_are_kept(shown: Artwork) -> None:
    kept = tile_of(shown, "owner")
    assert kept.html is Tile(**vars(kept)).html, "two of the same values are one"
    aged = tile_of(shown, "date", selectable=True)
    assert aged.html is not aged.html


def test_a_picture_on_show_takes_one_query(
    anyone: Client, as_charlie: Client, as_alice: Client, shown: Artwork, django_assert_num_queries
) -> None:
    address = f"/gallery/{shown.pk}/files/thumbnail/"
    for visitor in (anyone, as_charlie, as_alice):
        with django_assert_num_queries(1):
            assert visitor.get(address).getvalue().startswith(b"RIFF")
    make_private(Artwork.objects.filter(pk=shown.pk))
    assert [visitor.get(address).status_code for visitor in (anyone, as_charlie)] == [404, 404]
    assert as_alice.get(address).getvalue().startswith(b"RIFF")


def test_no_header_moves_the_addresses_that_are_kept(anyone: Client, shown: Artwork) -> None:
    """gunicorn takes SCRIPT_NAME from whoever connects from the same machine."""
    moved = anyone.get("/gallery/", SCRIPT_NAME="/elsewhere").content.decode()
    assert shown.get_absolute_url() in moved
    assert "/elsewhere" not in moved
    assert "/elsewhere" not in page(anyone)
