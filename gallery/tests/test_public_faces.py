"""What a link to a public page shows elsewhere (Open Graph), and the page of a style."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from gallery.models import Artwork

Make = Callable[..., Artwork]


def graph(page: str) -> dict[str, str]:
    return dict(re.findall(r'<meta property="og:([\w:]+)"\s+content="([^"]*)"', page))


def test_a_public_works_page(anyone: Client, alice: User, make_artwork: Make) -> None:
    artwork = make_artwork(alice, title='"Sea" & <b>', is_public=True, image_width=1920, image_height=1080)
    seen = graph(anyone.get(f"/gallery/{artwork.pk}/").content.decode())
    assert seen["title"] == "&quot;Sea&quot; &amp; &lt;b&gt;"
    assert seen["url"] == f"http://testserver/gallery/{artwork.pk}/"
    assert seen["image"] == f"http://testserver/gallery/{artwork.pk}/files/thumbnail-large/"
    assert (seen["image:width"], seen["image:height"]) == ("960", "540")
    assert "alice" in seen["description"]
    path = seen["image"].removeprefix("http://testserver")
    assert anyone.get(path).getvalue()


@pytest.mark.parametrize("fields", [{}, {"is_public": True, "hidden_at": timezone.now(), "hidden_reason": "Rights"}])
def test_a_page_that_not_everybody_sees_has_none(as_alice: Client, alice: User, make_artwork, fields) -> None:
    artwork = make_artwork(alice, **fields)
    assert graph(as_alice.get(f"/gallery/{artwork.pk}/").content.decode()) == {}


def test_the_gallery_and_a_style(anyone: Client, alice: User, make_artwork: Make, style) -> None:
    artwork = make_artwork(alice, is_public=True)
    seen = graph(anyone.get("/gallery/").content.decode())
    assert seen["image"] == f"http://testserver/gallery/{artwork.pk}/files/thumbnail/"
    seen = graph(anyone.get("/styles/waves/").content.decode())
    assert seen["title"] == style.name
    assert seen["image"].startswith("http://testserver/styles/waves/preview/")
    assert (seen["image:width"], seen["image:height"]) == ("64", "48")


def test_a_styles_page_shows_its_facts_and_public_works(
    anyone: Client, alice: User, make_artwork: Make, make_style
) -> None:
    style = make_style(
        "udnie", name="Udnie", artist="Francis Picabia", year="1913", source="Museum", description="Bold shapes."
    )
    shown = make_artwork(alice, style=style, is_public=True)
    make_artwork(alice, style=style)
    make_artwork(alice, is_public=True)
    response = anyone.get("/styles/udnie/")
    assert response.context["artworks"] == [shown]
    page = response.content.decode()
    for words in (
        "Udnie",
        "Francis Picabia",
        "1913",
        "Museum",
        "Bold shapes.",
        "public domain",
        "/studio/?style=udnie",
    ):
        assert words in page
    assert style.preview_url in page


def test_a_style_without_works_says_so(anyone: Client, style) -> None:
    assert "Nobody has published a picture in this style yet." in anyone.get("/styles/waves/").content.decode()


def test_a_style_that_is_not_published_has_no_page_and_no_link(
    as_alice: Client, as_bob: Client, alice: User, make_artwork: Make, make_style
) -> None:
    style = make_style("secret", is_published=False)
    artwork = make_artwork(alice, style=style)
    for client in (as_alice, as_bob):
        assert client.get("/styles/secret/").status_code == 404
    page = as_alice.get(f"/gallery/{artwork.pk}/").content.decode()
    assert "Secret" in page
    assert "/styles/secret/" not in page


def test_the_front_page_and_a_work_lead_to_the_style(anyone: Client, alice: User, make_artwork: Make) -> None:
    artwork = make_artwork(alice, is_public=True)
    for address in ("/", f"/gallery/{artwork.pk}/"):
        assert 'href="/styles/waves/"' in anyone.get(address).content.decode()
