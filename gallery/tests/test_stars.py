"""Stars: one each, counted at once, and listed for whoever gave them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import F
from django.test import Client

from gallery import starring
from gallery.models import Artwork, Star

Make = Callable[..., Artwork]


def give(client: Client, artwork: Artwork, starred: str = "1", **headers: str):
    return client.post(f"/gallery/{artwork.pk}/star/", {"starred": starred}, headers=headers)


def count(artwork: Artwork) -> int:
    artwork.refresh_from_db()
    assert artwork.star_count == artwork.stars.count()
    return artwork.star_count


def test_giving_and_taking_back(as_charlie: Client, as_bob: Client, alice: User, make_artwork: Make) -> None:
    artwork = make_artwork(alice, is_public=True)
    for client, value, expected in (
        *((as_charlie, "1", 1), (as_charlie, "1", 1), (as_bob, "1", 2)),
        *((as_charlie, "0", 1), (as_charlie, "0", 1), (as_bob, "0", 0)),
    ):
        assert give(client, artwork, value).url == f"/gallery/{artwork.pk}/"
        assert count(artwork) == expected


@pytest.mark.parametrize("value", ["", "2", "yes"])
def test_neither_one_nor_the_other_changes_nothing(as_charlie: Client, alice: User, make_artwork, value: str) -> None:
    artwork = make_artwork(alice, is_public=True)
    give(as_charlie, artwork)
    give(as_charlie, artwork, value)
    assert count(artwork) == 1


def test_without_reloading_the_answer_is_the_button(as_charlie: Client, alice: User, make_artwork: Make) -> None:
    artwork = make_artwork(alice, is_public=True)
    page = give(as_charlie, artwork, HX_Request="true").content.decode()
    assert "<html" not in page
    assert 'aria-pressed="true"' in page
    assert 'name="starred" value="0"' in page, "pressing it again takes the star back"
    assert 'aria-pressed="false"' in give(as_charlie, artwork, "0", HX_Request="true").content.decode()


def test_the_page_shows_the_count_to_everybody(anyone: Client, as_charlie: Client, alice: User, make_artwork) -> None:
    artwork = make_artwork(alice, is_public=True)
    give(as_charlie, artwork)
    page = anyone.get(f"/gallery/{artwork.pk}/").content.decode()
    assert "1 star" in page
    assert "/star/" not in page, "giving one needs an account"


def test_the_starred_list_has_the_latest_star_first(as_charlie: Client, alice: User, make_artwork: Make) -> None:
    first, second, third = (make_artwork(alice, is_public=True) for _ in range(3))
    for artwork in (second, third, first):
        give(as_charlie, artwork)
    assert as_charlie.get("/gallery/starred/").context["artworks"] == [first, third, second]
    give(as_charlie, third, "0")
    assert as_charlie.get("/gallery/starred/").context["artworks"] == [first, second]


@pytest.mark.django_db(transaction=True)
def test_stars_given_at_the_same_moment_are_all_counted_and_each_once(
    alice: User, charlie: User, bob: User, make_artwork: Make
) -> None:
    artwork = make_artwork(alice, is_public=True)
    start = threading.Barrier(6, timeout=60)

    def star(person: User) -> bool:
        try:
            start.wait()
            return starring.star(person, artwork)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        new = list(threads.map(star, [alice, bob, charlie] * 2))
    assert new.count(True) == 3
    assert count(artwork) == 3


def test_counts_that_drifted_are_put_right(alice: User, charlie: User, make_artwork: Make) -> None:
    liked, other = make_artwork(alice), make_artwork(alice)
    starring.star(charlie, liked)
    starring.star(alice, other)
    charlie.delete()  # his star goes, and nobody counts
    Artwork.objects.filter(pk=other.pk).update(star_count=F("star_count") + 7)
    assert starring.recount() == 2
    assert (count(liked), count(other)) == (0, 1)
    assert starring.recount() == 0


def test_a_wrong_count_keeps_nobody_from_taking_a_star_back(charlie: User, alice: User, make_artwork: Make) -> None:
    artwork = make_artwork(alice)
    starring.star(charlie, artwork)
    Artwork.objects.update(star_count=0)
    assert starring.unstar(charlie, artwork) is True
    assert count(artwork) == 0


def test_a_star_goes_with_the_work(alice: User, charlie: User, make_artwork: Make) -> None:
    artwork = make_artwork(alice)
    starring.star(charlie, artwork)
    artwork.delete()
    assert not Star.objects.exists()
