"""Who sees a work in each of its states: at every address, in every list, and every one of its files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.test import Client
from django.utils import timezone

from gallery import starring
from gallery.models import Album, AlbumEntry, Artwork, UnlistedLink

NOBODY, ALL, OWNER, OWNER_AND_STAFF = [404] * 4, [200] * 4, [404, 404, 404, 200], [404, 404, 200, 200]
HIDDEN = {"hidden_at": timezone.now(), "hidden_reason": "Rights"}
TRASHED = {"trashed_at": timezone.now()}
# State → (who sees the page and the files, whether it is on show, whether an unlisted link leads to it).
STATES: dict[str, tuple[dict[str, Any], list[int], bool, bool]] = {
    "private": ({}, OWNER, False, True),
    "public": ({"is_public": True}, ALL, True, True),
    "hidden": ({"is_public": True} | HIDDEN, OWNER_AND_STAFF, False, False),
    "hidden and made private": (HIDDEN, OWNER_AND_STAFF, False, False),
    "trashed": (TRASHED, OWNER, False, False),
    "public and trashed": ({"is_public": True} | TRASHED, OWNER, False, False),
    "hidden and trashed": ({"is_public": True} | HIDDEN | TRASHED, OWNER, False, False),
}


@pytest.fixture
def large(alice: User, make_artwork: Callable[..., Artwork]) -> Callable[..., Artwork]:
    """Return a function that makes a work of Alice's, large enough for both thumbnails."""
    return lambda **fields: make_artwork(alice, image_width=1200, image_height=900, **fields)


@pytest.mark.parametrize("state", STATES)
def test_page_and_files(large, statuses, state: str) -> None:
    fields, expected, _, _ = STATES[state]
    artwork = large(**fields)
    for rest in ("", "files/image/", "files/thumbnail/", "files/thumbnail-large/", "files/image/?download=1"):
        assert statuses(f"/gallery/{artwork.pk}/{rest}") == expected, rest
    assert statuses(f"/gallery/{artwork.pk}/files/photo/") == NOBODY


@pytest.mark.parametrize("state", STATES)
def test_lists(large, everybody: list[Client], alice: User, charlie: User, bob: User, state: str) -> None:
    fields, seen_by, on_show, _ = STATES[state]
    artwork = large(title="Lighthouse", **fields)
    album = Album.objects.create(owner=alice, name="Sea")
    AlbumEntry.objects.create(album=album, artwork=artwork)
    people = [None, charlie, bob, alice]
    for person in people[1:]:
        starring.star(person, artwork)
    kept = artwork.trashed_at is None
    for person, client, status in zip(people, everybody, seen_by, strict=True):
        for address in ("/gallery/", "/gallery/?q=light", "/styles/waves/", "/gallery/?sort=starred"):
            assert (artwork in client.get(address).context["artworks"]) is on_show, address
        if person is None:
            continue
        starred = client.get("/gallery/starred/").context["artworks"]
        assert (artwork in starred) is (status == 200 and kept)
        assert (artwork in client.get("/gallery/mine/").context["artworks"]) is (person == alice and kept)
        assert (artwork in client.get("/gallery/trash/").context["artworks"]) is (person == alice and not kept)
    page = everybody[3].get(f"/gallery/albums/{album.pk}/")
    assert (artwork in page.context["artworks"]) is kept
    cover = everybody[3].get("/gallery/albums/").context["albums"][0][1]
    assert cover == (artwork if kept else None)


@pytest.mark.parametrize("state", STATES)
def test_unlisted_links(large, statuses, state: str) -> None:
    fields, _, _, linked = STATES[state]
    artwork = large(**fields)
    hour = timedelta(hours=1)
    for expires_at, lives in ((None, True), (timezone.now() + hour, True), (timezone.now() - hour, False)):
        link = UnlistedLink.objects.create(artwork=artwork, expires_at=expires_at)
        expected = ALL if linked and lives else NOBODY
        for rest in ("", "files/image/", "files/thumbnail/", "files/thumbnail-large/"):
            assert statuses(f"/gallery/link/{link.token}/{rest}") == expected, (rest, expires_at)


@pytest.mark.parametrize("state", STATES)
def test_only_what_one_sees_and_nobody_deleted_can_be_starred(large, everybody: list[Client], state: str) -> None:
    fields, seen_by, _, _ = STATES[state]
    artwork = large(**fields)
    expected = [302, *(302 if status == 200 and not artwork.trashed_at else 404 for status in seen_by[1:])]
    answers = [client.post(f"/gallery/{artwork.pk}/star/", {"starred": "1"}) for client in everybody]
    assert [answer.status_code for answer in answers] == expected
    assert answers[0].url.startswith("/accounts/login/")
    artwork.refresh_from_db()
    assert artwork.star_count == expected[1:].count(302)


@pytest.mark.parametrize("state", STATES)
def test_only_others_can_report_and_only_what_is_on_show(large, everybody: list[Client], state: str) -> None:
    fields, _, on_show, _ = STATES[state]
    artwork = large(**fields)
    for client, is_owner in zip(everybody[1:], (False, False, True), strict=True):
        expected = 200 if on_show and not is_owner else 404
        assert client.get(f"/gallery/{artwork.pk}/report/").status_code == expected


@pytest.mark.parametrize("verb", ["rename", "publish", "delete", "links"])
def test_what_lies_in_the_trash_can_only_be_restored_or_deleted(large, as_alice: Client, verb: str) -> None:
    artwork = large(**TRASHED)
    before = Artwork.objects.values().get()
    data = {"title": "New", "is_public": "1", "lifetime": "7"}
    assert as_alice.post(f"/gallery/{artwork.pk}/{verb}/", data).status_code == 404
    assert Artwork.objects.values().get() == before


def test_nobody_owns_nothing(alice: User, make_artwork: Callable[..., Artwork]) -> None:
    make_artwork(alice)
    make_artwork(alice, **TRASHED)
    for rows in (Artwork.objects.owned_by(AnonymousUser()), Artwork.objects.trashed_by(AnonymousUser())):
        assert not rows.exists()
    assert not Artwork.objects.visible_to(AnonymousUser()).exists()
    assert not Album.objects.visible_to(AnonymousUser()).exists()
