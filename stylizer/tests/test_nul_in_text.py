"""A NUL in what is looked for: PostgreSQL refuses it in any text, so it must not get as far as the database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from gallery.models import Artwork
from stylizer.models import Style
from stylizer.tests import pictures


@pytest.fixture(autouse=True)
def strict(db: None) -> Iterator[None]:
    """Refuse a NUL whatever the database, as PostgreSQL does."""

    def refuse(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        assert "\0" not in str(parameters), f"a NUL in {sql}"
        assert "\\x00" not in repr(parameters), f"a NUL in {sql}"
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(refuse):
        yield


def photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("photo.jpg", pictures.jpeg())


def test_in_a_posted_style(as_alice: Client, alices_program: Client, style: Style) -> None:
    for slugs in ("\0", ["waves", "wa\0ves"]):
        response = as_alice.post("/studio/", {"photo": photo(), "style": slugs})
        assert response.status_code == 400
        assert "There is no such style" in response.content.decode()
    for address in ("/api/v1/stylizations/", "/api/v1/batches/"):
        response = alices_program.post(address, {"photo": photo(), "style": "wa\0ves"})
        assert (response.status_code, response.json()["error"]["code"]) == (400, "style_unknown")
    for address in ("/stylize", "/stylize_download"):
        assert alices_program.post(address, {"file": photo(), "style": "wa\0ves"}).status_code == 400


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/studio/?style=%00&from=%00&like=%00", 200),
        ("/gallery/?q=%00&sort=%00&after=%00&before=%00&part=%00", 200),
        ("/gallery/mine/?q=a%00b", 200),
        ("/styles/wa%00ves/", 404),
        ("/styles/wa%00ves/preview/", 404),
        ("/stylizations/?page=%00", 200),
        ("/gallery/link/%00/", 404),
        ("/account/invitation/%00/", 404),
        ("/api/v1/styles/wa%00ves/", 404),
        ("/api/v1/webhooks/%00/", 404),
        ("/api/v1/stylizations/?cursor=%00", 400),
        ("/api/v1/stylizations/?ordering=%00", 400),
    ],
)
def test_in_an_address(address: str, status: int, as_alice: Client) -> None:
    assert as_alice.get(address).status_code == status


@pytest.mark.parametrize(
    "address",
    [
        "/admin/stylizer/style/?q=%00",
        "/admin/stylizer/style/%00/change/",
        "/admin/stylizer/styleintake/%00/change/",
        "/admin/stylizer/stylization/?q=%00",
        "/admin/stylizer/stylization/%00/change/",
        "/admin/gallery/artwork/?q=%00",
        "/admin/auth/user/?q=%00",
    ],
)
def test_in_the_administration(address: str, as_bob: Client) -> None:
    assert as_bob.get(address).status_code in (200, 302, 404)


def test_in_the_reason_staff_give(as_bob: Client, alices_artwork: Artwork) -> None:
    Artwork.objects.update(is_public=True)
    chosen = {"action": "hide_works", "_selected_action": str(alices_artwork.pk), "reason": "be\0cause"}
    assert as_bob.post("/admin/gallery/artwork/", chosen).status_code == 302
    alices_artwork.refresh_from_db()
    assert not alices_artwork.is_hidden


def test_in_what_people_write(as_alice: Client, alices_artwork: Artwork, alice: User, anyone: Client) -> None:
    work = f"/gallery/{alices_artwork.pk}"
    as_alice.post(f"{work}/rename/", {"title": "a\0b"})
    as_alice.post(f"{work}/links/", {"lifetime": "\0"})
    as_alice.post(f"{work}/publish/", {"is_public": "\0"})
    as_alice.post(f"{work}/star/", {"starred": "\0"})
    assert as_alice.post("/gallery/albums/new/", {"name": "a\0b"}).status_code == 400
    assert as_alice.post("/gallery/mine/selected/", {"verb": "add", "album": "\0", "artworks": "\0"}).status_code == 302
    assert anyone.post("/accounts/login/", {"login": "al\0ice", "password": "\0"}).status_code == 200
    body = {"username": "al\0ice", "password": "x"}
    assert anyone.post("/api/v1/auth/token/", body, content_type="application/json").status_code == 400
    alices_artwork.refresh_from_db()
    assert alices_artwork.title == "Waves"
