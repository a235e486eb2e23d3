"""Links that show one work to whoever has them, until they end."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from gallery.models import Artwork, UnlistedLink
from gallery.unlisted_links import MAX_LINKS, remove_expired


def create(client: Client, artwork: Artwork, lifetime: str | None = "7") -> str:
    """Return the page that follows."""
    data = {} if lifetime is None else {"lifetime": lifetime}
    return client.post(f"/gallery/{artwork.pk}/links/", data, follow=True).content.decode()


@pytest.mark.parametrize(("lifetime", "days"), [("1", 1), ("7", 7), ("30", 30), ("never", None)])
def test_a_link_lives_as_long_as_chosen(
    as_alice: Client, anyone: Client, alices_artwork: Artwork, lifetime: str, days: int | None
) -> None:
    page = create(as_alice, alices_artwork, lifetime)
    link = UnlistedLink.objects.get()
    if days is None:
        assert link.expires_at is None
    else:
        assert abs(link.expires_at - timezone.now() - timedelta(days=days)) < timedelta(minutes=5)
    assert f"http://testserver/gallery/link/{link.token}/" in page
    assert anyone.get(f"/gallery/link/{link.token}/").status_code == 200
    UnlistedLink.objects.filter(expires_at__isnull=False).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert anyone.get(f"/gallery/link/{link.token}/").status_code == (200 if days is None else 404)


@pytest.mark.parametrize("lifetime", ["", "0", "365", "-1", "x", None])
def test_other_lifetimes_are_refused(as_alice: Client, alices_artwork: Artwork, lifetime: str | None) -> None:
    assert "Choose how long the link should last." in create(as_alice, alices_artwork, lifetime)
    assert not UnlistedLink.objects.exists()


def test_tokens_cannot_be_guessed(alices_artwork: Artwork) -> None:
    tokens = {UnlistedLink.objects.create(artwork=alices_artwork).token for _ in range(50)}
    assert len(tokens) == 50
    for token in tokens:
        assert re.fullmatch(r"[\w-]{32}", token), "32 signs of 6 bits are 192 bits"


def test_a_link_taken_back_leads_nowhere(as_alice: Client, anyone: Client, alices_artwork: Artwork) -> None:
    create(as_alice, alices_artwork)
    link = UnlistedLink.objects.get()
    page = as_alice.post(f"/gallery/links/{link.pk}/remove/", follow=True).content.decode()
    assert "leads nowhere any more" in page
    assert link.token not in page
    for rest in ("", "files/image/"):
        assert anyone.get(f"/gallery/link/{link.token}/{rest}").status_code == 404


def test_neither_search_engines_nor_other_sites_learn_the_address(as_alice: Client, anyone: Client, alices_artwork):
    create(as_alice, alices_artwork)
    token = UnlistedLink.objects.get().token
    for rest in ("", "files/image/"):
        response = anyone.get(f"/gallery/link/{token}/{rest}")
        assert response.getvalue() if response.streaming else response.content
        assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Cache-Control"].startswith("private")
    page = anyone.get(f"/gallery/link/{token}/").content.decode()
    assert '<meta name="robots" content="noindex, nofollow">' in page
    assert "og:" not in page


def test_the_page_leads_to_nothing_the_visitor_may_not_see(
    as_alice: Client, anyone: Client, as_charlie: Client, alices_artwork: Artwork, alices_job
) -> None:
    create(as_alice, alices_artwork)
    token = UnlistedLink.objects.get().token
    for client in (anyone, as_charlie):
        page = client.get(f"/gallery/link/{token}/").content.decode()
        assert str(alices_artwork.pk) not in page
        assert str(alices_job.pk) not in page
        sources = re.findall(r'<img[^>]*src="(/gallery/[^"]+)"', page)
        assert sources == [f"/gallery/link/{token}/files/image/"]
        assert client.get(sources[0]).getvalue()


def test_links_are_the_owners_alone(as_alice: Client, as_charlie: Client, as_bob: Client, alices_artwork) -> None:
    create(as_alice, alices_artwork)
    Artwork.objects.update(is_public=True, published_at=timezone.now())
    token = UnlistedLink.objects.get().token
    for client in (as_charlie, as_bob):
        assert token not in client.get(f"/gallery/{alices_artwork.pk}/").content.decode()


def test_a_work_has_a_limited_number_of_links(as_alice: Client, alices_artwork: Artwork) -> None:
    for _ in range(MAX_LINKS):
        create(as_alice, alices_artwork)
    assert f"at most {MAX_LINKS} links" in create(as_alice, alices_artwork)
    assert UnlistedLink.objects.count() == MAX_LINKS


def test_a_hidden_work_gets_no_link(as_alice: Client, alices_artwork: Artwork) -> None:
    Artwork.objects.update(hidden_at=timezone.now(), hidden_reason="Rights")
    assert "Staff hid this picture" in create(as_alice, alices_artwork)
    assert not UnlistedLink.objects.exists()


def test_private_says_that_links_still_work(as_alice: Client, alices_artwork: Artwork) -> None:
    create(as_alice, alices_artwork)
    address = f"/gallery/{alices_artwork.pk}/publish/"
    as_alice.post(address, {"is_public": "1"})
    page = as_alice.post(address, {"is_public": "0"}, follow=True).content.decode()
    assert "Only you and whoever has a link to it can see it now." in page


def test_ended_links_are_shown_for_a_week_and_then_removed(as_alice: Client, alices_artwork: Artwork) -> None:
    now = timezone.now()
    for days in (-8, -1, 1):
        UnlistedLink.objects.create(artwork=alices_artwork, expires_at=now + timedelta(days=days))
    UnlistedLink.objects.create(artwork=alices_artwork)
    assert remove_expired() == 1
    assert UnlistedLink.objects.count() == 3
    page = as_alice.get(f"/gallery/{alices_artwork.pk}/").content.decode()
    assert page.count("Ended ") == 1
    assert page.count("Until ") == 1
