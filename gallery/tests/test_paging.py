"""Long lists come in pages that start behind a row: none twice, none left out, the same number of queries."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gallery.albums import add_to_album
from gallery.models import Album, Artwork, Star
from gallery.views.lists import ARTWORKS_PER_PAGE as SIZE
from gallery.views.lists import PAGES_BY_THEMSELVES

ADDRESSES = [
    *(f"/gallery/?sort={sort}" for sort in ("newest", "oldest", "starred", "title")),
    *(f"/gallery/mine/?sort={sort}" for sort in ("newest", "oldest", "starred", "title")),
    *("/styles/waves/?sort=newest", "/styles/waves/?sort=starred", "/gallery/?q=waves", "/gallery/starred/"),
    *("/gallery/albums/{album}/", "/gallery/trash/"),
]


@pytest.fixture
def many(alice: User, make_artwork, in_numbers) -> Callable[[str], tuple[str, int]]:
    """Return a function that fills a list of Alice's; it returns the list's address and how many are in it."""

    def fill(address: str, count: int = 2 * SIZE + 3) -> tuple[str, int]:
        first = make_artwork(alice, is_public=True)
        # Equal in all that is sorted by but the key, as thousands of works without a star are.
        copies = in_numbers(first, count - 1, published_at=first.published_at)
        everything = [first, *copies]
        if "trash" in address:
            Artwork.objects.update(trashed_at=timezone.now())
        if "starred/" in address:
            Star.objects.bulk_create([Star(user=alice, artwork=artwork) for artwork in everything])
        album = Album.objects.create(owner=alice, name="Sea")
        add_to_album(album, Artwork.objects.filter(owner=alice))
        return address.format(album=album.pk), count

    return fill


def link(page: str, rel: str) -> str | None:
    """Return where the page's plain link leads, the one for browsers without scripts."""
    tag = re.search(rf'<a[^>]*rel="{rel}"[^>]*>', page)
    return re.search(r'href="([^"]+)"', tag[0])[1].replace("&amp;", "&") if tag else None


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_picture_once_forwards_and_back(as_alice: Client, many, address: str) -> None:
    address, count = many(address)
    path = address.split("?")[0]
    pages, here = [], address
    while here:
        response = as_alice.get(here if here.startswith("/") else path + here)
        pages.append(response)
        here = link(response.content.decode(), "next")
    keys = [artwork.pk for page in pages for artwork in page.context["artworks"]]
    assert [len(page.context["artworks"]) for page in pages] == [SIZE, SIZE, 3]
    assert len(keys) == len(set(keys)) == count
    back = link(pages[2].content.decode(), "prev")
    assert as_alice.get(path + back).context["artworks"] == pages[1].context["artworks"]
    first = as_alice.get(path + link(pages[1].content.decode(), "prev"))
    assert first.context["artworks"] == pages[0].context["artworks"]
    assert link(first.content.decode(), "prev") is None


def test_scrolling_on_gets_tiles_only_and_in_the_end_asks(as_alice: Client, many) -> None:
    address, _ = many("/gallery/", SIZE * (PAGES_BY_THEMSELVES + 2))
    page = as_alice.get(address).content.decode()
    for number in range(1, PAGES_BY_THEMSELVES + 1):
        ahead = re.search(r'<span class="grid__ahead"\s+hx-get="([^"]+)"\s+hx-trigger="revealed"', page)
        assert ahead, f"page {number} follows by itself"
        response = as_alice.get(address + ahead[1].replace("&amp;", "&"), headers={"HX-Request": "true"})
        page = response.content.decode()
        assert "<html" not in page
        assert page.count('class="tile"') == SIZE
        assert "HX-Request" in response.headers["Vary"]
    assert "grid__ahead" not in page
    assert re.search(r'<a class="button"\s+rel="next"[^>]*hx-get=', page), "now one asks for more"


def test_the_next_pages_address_is_a_whole_page_too(as_alice: Client, many) -> None:
    address, _ = many("/gallery/")
    following = link(as_alice.get(address).content.decode(), "next")
    assert "part=" not in following
    assert "<html" in as_alice.get(address + following).content.decode()


def cursor(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


KEY = "00000000-0000-4000-8000-000000000000"
STRANGE = [
    *("", "x", "%00", "é", "a" * 4000, "W10", cursor(), cursor(1), cursor(KEY), cursor(KEY, KEY), cursor(1, 2)),
    *(cursor("2026-01-01T00:00:00+00:00", "x"), cursor("2026-01-01T00:00:00", KEY), cursor(None, KEY)),
    *(cursor("9999-12-31T23:59:59-12:00", KEY), cursor("0001-01-01T00:00:00+12:00", KEY), cursor("\0", KEY)),
    *(cursor([], KEY), cursor({}, KEY), cursor(10**30, KEY), cursor(1e300, KEY), "W" * 999, cursor(True, KEY)),
]


@pytest.mark.parametrize("place", STRANGE)
def test_a_place_that_is_none_is_the_beginning(as_alice: Client, many, place: str) -> None:
    many("/gallery/", 3)
    for way in ("after", "before"):
        for sort in ("newest", "starred", "title"):
            response = as_alice.get("/gallery/", {way: place, "sort": sort})
            assert response.status_code == 200
            # A whole number and a key are no place in this order, unless somebody makes one up.
            assert len(response.context["artworks"]) in (3,)


def test_a_page_that_emptied_meanwhile_is_the_beginning(as_alice: Client, many) -> None:
    address, _ = many("/gallery/mine/?sort=newest", SIZE + 1)
    following = link(as_alice.get(address).content.decode(), "next")
    last = as_alice.get("/gallery/mine/" + following).context["artworks"]
    Artwork.objects.filter(pk__in=[artwork.pk for artwork in last]).update(trashed_at=timezone.now())
    assert len(as_alice.get("/gallery/mine/" + following).context["artworks"]) == SIZE


@pytest.mark.parametrize("number", ["x", "-1", "1.5", "٣", "9" * 50])
def test_a_part_that_is_no_number(as_alice: Client, many, number: str) -> None:
    many("/gallery/", 3)
    response = as_alice.get("/gallery/", {"part": number}, headers={"HX-Request": "true"})
    assert response.status_code == 200


@pytest.mark.parametrize("address", [*ADDRESSES, "/gallery/albums/", "/gallery/mine/?q=waves"])
def test_queries_do_not_grow_with_the_list(as_alice: Client, many, alice: User, in_numbers, address: str) -> None:
    address, _ = many(address, 2)
    as_alice.get(address)  # the first request of a session writes it
    with CaptureQueriesContext(connection) as few:
        assert as_alice.get(address).status_code == 200
    first = Artwork.objects.first()
    more = in_numbers(first, 60)
    Star.objects.bulk_create([Star(user=alice, artwork=artwork) for artwork in more])
    add_to_album(Album.objects.get(), Artwork.objects.all())
    with CaptureQueriesContext(connection) as many_queries:
        assert as_alice.get(address).status_code == 200
    assert len(many_queries) == len(few) <= 8, "\n".join(query["sql"] for query in many_queries.captured_queries)
    for query in many_queries.captured_queries:
        of_artworks = "gallery_" in query["sql"]  # the header counts the visitor's new results, which are few
        assert not (of_artworks and "COUNT(" in query["sql"]), "no works are counted"
