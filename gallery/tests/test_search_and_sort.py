"""Finding works by title, style and person, and the orders they come in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from gallery.models import Artwork
from gallery.search_text import fold, patterns
from gallery.search_upkeep import refresh_words

Make = Callable[..., Artwork]
FOUND = [
    ("lighthouse", True),
    ("LightHouse", True),
    ("ighthou", True),
    ("light", True),
    ("house at", True),
    ("at lighthouse", True),
    ("waves", True),
    ("nobody", True),  # the painter of the style
    ("alice", True),
    ("ALICE lighthouse wav", True),
    ("zoe", True),
    ("Zoë", True),
    ("ＬＩＧＨＴ", True),
    ("zo", True),
    ("a", True),  # the beginning of "at"
    ("oe", False),  # too short to be looked for inside a word
    ("海", True),
    ("alice tower", False),
    ("charlie", False),
    ("light_house", False),
    ("l%e", False),
    ("%", False),
    ("'; DROP TABLE gallery_artwork; --", False),
    ("\\", False),
]


@pytest.mark.parametrize(("query", "found"), FOUND)
def test_finding(as_alice: Client, anyone: Client, alice: User, charlie: User, make_artwork, query: str, found: bool):
    artwork = make_artwork(alice, title="Lighthouse at Zoë’s 海辺", is_public=True)
    make_artwork(charlie, title="Cat", is_public=True)
    for client, address in ((anyone, "/gallery/"), (as_alice, "/gallery/mine/")):
        response = client.get(address, {"q": query})
        assert (artwork in response.context["artworks"]) is found
        assert response.status_code == 200
        if not response.context["artworks"]:
            assert "Nothing found for" in response.content.decode()


@pytest.mark.parametrize("query", ["", "   ", "\0", " \0 "])
def test_a_search_for_nothing_is_the_whole_list(anyone: Client, alice: User, make_artwork: Make, query: str) -> None:
    artwork = make_artwork(alice, is_public=True)
    assert anyone.get("/gallery/", {"q": query}).context["artworks"] == [artwork]


def test_a_very_long_search_is_cut(anyone: Client, alice: User, make_artwork: Make) -> None:
    make_artwork(alice, is_public=True)
    response = anyone.get("/gallery/", {"q": "untitled " * 1000})
    assert len(response.context["query"]) == 100
    assert len(patterns("one two three four five six seven eight")) == 6


def test_a_search_is_shown_as_text(anyone: Client, alice: User, make_artwork: Make) -> None:
    make_artwork(alice, is_public=True)
    page = anyone.get("/gallery/", {"q": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_folding() -> None:
    assert fold("  Zoë’s\u00a0ﬁne  STRASSE Straße Ωmega が ") == "zoe’s fine strasse strasse ωmega か"


def test_what_is_private_is_never_found_by_others(as_charlie: Client, alice: User, make_artwork: Make) -> None:
    make_artwork(alice, title="Secret")
    make_artwork(alice, title="Secret", is_public=True, hidden_at=timezone.now())
    make_artwork(alice, title="Secret", is_public=True, trashed_at=timezone.now())
    for address in ("/gallery/", "/gallery/mine/"):
        assert as_charlie.get(address, {"q": "secret"}).context["artworks"] == []


def test_orders(anyone: Client, as_alice: Client, alice: User, make_artwork: Make) -> None:
    now = timezone.now()
    titles = [("beta", 3, 0), ("Álpha", 2, 5), ("gamma", 1, 5), ("alpha 2", 4, 1)]
    made = {}
    for title, hours, stars in titles:
        moment = now - timedelta(hours=hours)
        made[title] = make_artwork(alice, title=title, is_public=True, published_at=moment, star_count=stars)
        Artwork.objects.filter(pk=made[title].pk).update(created_at=moment)
    expected = {
        "newest": ["gamma", "Álpha", "beta", "alpha 2"],
        "oldest": ["alpha 2", "beta", "Álpha", "gamma"],
        "starred": ["gamma", "Álpha", "alpha 2", "beta"],
        "title": ["Álpha", "alpha 2", "beta", "gamma"],
    }
    for sort, order in expected.items():
        for client, address in ((anyone, "/gallery/"), (as_alice, "/gallery/mine/")):
            response = client.get(address, {"sort": sort})
            assert [artwork.title for artwork in response.context["artworks"]] == order, (address, sort)
            assert f'aria-current="true">{response.context["order"].label}' in response.content.decode()
    for sort in ("newest", "starred"):
        response = anyone.get("/styles/waves/", {"sort": sort})
        assert [artwork.title for artwork in response.context["artworks"]] == expected[sort]
    for wrong in ("", "x", "-id", "owner__password"):
        assert anyone.get("/gallery/", {"sort": wrong}).context["order"].slug == "newest"


def test_the_order_and_the_search_go_together(anyone: Client, alice: User, make_artwork: Make) -> None:
    for title in ("sea b", "sea a", "hill"):
        make_artwork(alice, title=title, is_public=True)
    response = anyone.get("/gallery/", {"q": "sea", "sort": "title"})
    assert [artwork.title for artwork in response.context["artworks"]] == ["sea a", "sea b"]
    page = response.content.decode()
    assert "?q=sea&amp;sort=oldest" in page
    assert '<input type="hidden" name="sort" value="title">' in page


def test_other_names_are_found_after_the_daily_upkeep(anyone: Client, alice: User, style, make_artwork: Make) -> None:
    artwork = make_artwork(alice, is_public=True)
    style.name = "Ripples"
    style.save()
    User.objects.filter(pk=alice.pk).update(username="alicia")
    assert refresh_words() == 1
    for query, found in (("ripples", True), ("alicia", True), ("waves", False)):
        assert (artwork in anyone.get("/gallery/", {"q": query}).context["artworks"]) is found
    assert refresh_words() == 0
