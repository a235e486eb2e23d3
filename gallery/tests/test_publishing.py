"""A private artwork is its owner's; a published one is everybody's to see and still the owner's to change."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gallery.models import Artwork


@pytest.fixture
def everybody(anyone: Client, as_charlie: Client, as_bob: Client, as_alice: Client) -> list[Client]:
    return [anyone, as_charlie, as_bob, as_alice]


def publish(client: Client, artwork: Artwork, value: str = "1") -> None:
    assert client.post(f"/gallery/{artwork.pk}/publish/", {"is_public": value}).status_code == 302


def statuses(clients: list[Client], address: str) -> list[int]:
    answers = [client.get(address) for client in clients]
    for answer in answers:
        if answer.streaming:
            assert answer.getvalue()
    return [answer.status_code for answer in answers]


def test_publishing_and_taking_back(everybody: list[Client], as_alice: Client, alices_artwork: Artwork) -> None:
    addresses = [f"/gallery/{alices_artwork.pk}/{rest}" for rest in ("", "files/image/", "files/thumbnail/")]
    for public, expected in (("0", [404, 404, 404, 200]), ("1", [200] * 4), ("0", [404, 404, 404, 200])):
        publish(as_alice, alices_artwork, public)
        for address in addresses:
            assert statuses(everybody, address) == expected, (public, address)
        for client in everybody:
            shown = alices_artwork in client.get("/gallery/").context["artworks"]
            assert shown is (public == "1")
        alices_artwork.refresh_from_db()
        assert (alices_artwork.published_at is not None) is (public == "1")


def test_publishing_shows_the_painting_and_not_the_photo(
    everybody: list[Client], as_alice: Client, alices_artwork: Artwork
) -> None:
    publish(as_alice, alices_artwork)
    job = alices_artwork.stylization_id
    for kind in ("before", "result", "thumbnail"):
        assert statuses(everybody[1:], f"/stylizations/{job}/files/{kind}/") == [404, 404, 200]
    page = everybody[1].get(f"/gallery/{alices_artwork.pk}/").content.decode()
    assert str(job) not in page
    for verb in ("rename", "publish", "delete"):
        assert f"/{verb}/" not in page, "what only the owner may do is not offered to others"


def test_a_published_artwork_is_still_only_its_owners_to_change(
    as_charlie: Client, as_bob: Client, as_alice: Client, alices_artwork: Artwork
) -> None:
    publish(as_alice, alices_artwork)
    before = Artwork.objects.values().get()
    for client in (as_charlie, as_bob):
        for verb, data in (("rename", {"title": "Mine"}), ("publish", {"is_public": "0"}), ("delete", {})):
            assert client.post(f"/gallery/{alices_artwork.pk}/{verb}/", data).status_code == 404
    assert Artwork.objects.values().get() == before


@pytest.mark.parametrize("value", ["", "2", "true", "yes", None])
def test_neither_public_nor_private_changes_nothing(
    as_alice: Client, alices_artwork: Artwork, value: str | None
) -> None:
    data = {} if value is None else {"is_public": value}
    for start in ("0", "1"):
        publish(as_alice, alices_artwork, start)
        response = as_alice.post(f"/gallery/{alices_artwork.pk}/publish/", data, follow=True)
        assert "Choose public or private." in response.content.decode()
        alices_artwork.refresh_from_db()
        assert alices_artwork.is_public is (start == "1")


def test_my_gallery_shows_mine_and_only_mine(
    alice: User, charlie: User, as_alice: Client, as_charlie: Client, alices_artwork: Artwork, make_artwork
) -> None:
    his = make_artwork(charlie, is_public=True)
    assert list(as_alice.get("/gallery/mine/").context["artworks"]) == [alices_artwork]
    assert list(as_charlie.get("/gallery/mine/").context["artworks"]) == [his]


def test_the_latest_published_comes_first(as_alice: Client, alice: User, make_artwork: Callable[..., Artwork]) -> None:
    older, newer = make_artwork(alice), make_artwork(alice)
    publish(as_alice, newer)
    publish(as_alice, older)
    assert list(as_alice.get("/gallery/").context["artworks"]) == [older, newer]
    assert list(as_alice.get("/gallery/mine/").context["artworks"]) == [newer, older]


def test_private_pictures_are_not_for_shared_caches(as_alice: Client, alices_artwork: Artwork) -> None:
    """Nor is a published one, which its owner may take back."""
    for public in ("0", "1"):
        publish(as_alice, alices_artwork, public)
        response = as_alice.get(f"/gallery/{alices_artwork.pk}/files/image/")
        assert response.getvalue()
        assert "private" in response.headers["Cache-Control"]
        assert response.headers["Content-Type"] == "image/jpeg"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response.headers["Content-Security-Policy"]
