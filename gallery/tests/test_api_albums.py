"""Albums and unlisted links by the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from gallery.models import Album, AlbumEntry, Artwork, UnlistedLink
from gallery.trash import move_to_trash

pytestmark = pytest.mark.django_db
ALBUMS = "/api/v1/albums/"


def send(client: Client, method: str, address: str, **body: Any) -> Any:
    return getattr(client, method)(address, body, content_type="application/json")


@pytest.fixture
def album(alices_program: Client) -> dict[str, Any]:
    response = send(alices_program, "post", ALBUMS, name="Sea")
    assert response.status_code == 201
    assert response["Location"] == response.json()["url"]
    return response.json()


def test_albums_are_made_renamed_and_deleted(
    alices_program: Client, album: dict[str, Any], alices_artwork: Artwork
) -> None:
    send(alices_program, "post", album["artworks_url"], artworks=[str(alices_artwork.pk)])
    assert send(alices_program, "patch", album["url"], name="Ocean").json()["name"] == "Ocean"
    assert [row["name"] for row in alices_program.get(ALBUMS).json()["results"]] == ["Ocean"]
    assert alices_program.delete(album["url"]).status_code == 204
    assert (Album.objects.count(), Artwork.objects.count()) == (0, 1)


@pytest.mark.parametrize("name", ["", " ", "x" * 81, "Sea", "a\0b", None])
def test_names_that_cannot_be(name: str | None, alices_program: Client, album: dict[str, Any]) -> None:
    response = send(alices_program, "post", ALBUMS, name=name)
    assert response.status_code == (409 if name == "Sea" else 400)
    assert list(response.json()["error"]["fields"]) == ["name"]
    assert Album.objects.count() == 1
    assert send(alices_program, "patch", album["url"], name="Sea").status_code == 200, "its own name"


def test_two_people_may_use_one_name(album: dict[str, Any], charlie: User, program: Callable[[User], Client]) -> None:
    assert send(program(charlie), "post", ALBUMS, name="Sea").status_code == 201


def test_works_are_put_in_and_taken_out(
    alices_program: Client, album: dict[str, Any], alice: User, make_artwork: Callable[..., Artwork]
) -> None:
    first, second = make_artwork(alice, title="First"), make_artwork(alice, title="Second")
    for works in ([first], [first, second]):
        response = send(alices_program, "post", album["artworks_url"], artworks=[str(work.pk) for work in works])
        assert response.json()["artwork_count"] == len(works)
    listed = alices_program.get(album["artworks_url"]).json()["results"]
    assert [work["title"] for work in listed] == ["Second", "First"]
    assert alices_program.get(album["url"]).json()["artwork_count"] == 2
    move_to_trash(Artwork.objects.filter(pk=second.pk))
    assert alices_program.get(album["url"]).json()["artwork_count"] == 1
    assert [work["title"] for work in alices_program.get(album["artworks_url"]).json()["results"]] == ["First"]
    assert alices_program.delete(f"{album['artworks_url']}{first.pk}/").status_code == 204
    assert alices_program.delete(f"{album['artworks_url']}{first.pk}/").status_code == 404
    assert Artwork.objects.filter(pk=first.pk).exists()


def test_others_works_are_not_put_in(
    alices_program: Client, album: dict[str, Any], alice: User, charlie: User, make_artwork: Callable[..., Artwork]
) -> None:
    mine, public = make_artwork(alice), make_artwork(charlie, is_public=True)
    response = send(alices_program, "post", album["artworks_url"], artworks=[str(mine.pk), str(public.pk)])
    assert (response.status_code, response.json()["error"]["code"]) == (400, "artwork_unknown")
    assert not AlbumEntry.objects.exists(), "all or none"
    for wrong in ([], ["x"], "x", None, [str(mine.pk)] * 501):
        assert send(alices_program, "post", album["artworks_url"], artworks=wrong).status_code == 400


def test_somebody_elses_album_is_not_there(
    album: dict[str, Any], charlie: User, program: Callable[[User], Client], make_artwork: Callable[..., Artwork]
) -> None:
    outsider, work = program(charlie), make_artwork(charlie)
    assert outsider.get(album["url"]).status_code == 404
    assert send(outsider, "patch", album["url"], name="Mine").status_code == 404
    assert outsider.delete(album["url"]).status_code == 404
    assert outsider.get(album["artworks_url"]).status_code == 404
    assert send(outsider, "post", album["artworks_url"], artworks=[str(work.pk)]).status_code == 404
    assert outsider.delete(f"{album['artworks_url']}{work.pk}/").status_code == 404
    assert outsider.get(ALBUMS).json()["results"] == []


def test_links_are_made_followed_and_removed(alices_program: Client, anyone: Client, alices_artwork: Artwork) -> None:
    links = f"/api/v1/artworks/{alices_artwork.pk}/links/"
    week = send(alices_program, "post", links)
    forever = send(alices_program, "post", links, expires_in_days=None)
    assert (week.status_code, forever.status_code) == (201, 201)
    assert forever.json()["expires_at"] is None
    ends = UnlistedLink.objects.get(pk=week.json()["id"]).expires_at
    assert timedelta(days=6) < ends - timezone.now() <= timedelta(days=7)
    assert anyone.get(week.json()["link"]).status_code == 200
    assert {row["id"] for row in alices_program.get(links).json()["results"]} == {
        week.json()["id"],
        forever.json()["id"],
    }
    assert alices_program.delete(f"{links}{week.json()['id']}/").status_code == 204
    assert anyone.get(week.json()["link"]).status_code == 404
    for wrong in (0, 2, "never", "x"):
        assert send(alices_program, "post", links, expires_in_days=wrong).status_code == 400


def test_a_link_is_removed_under_its_own_work_only(
    alices_program: Client, alice: User, charlie: User, make_artwork: Callable[..., Artwork], alices_artwork: Artwork
) -> None:
    link = UnlistedLink.objects.create(artwork=make_artwork(charlie, is_public=True))
    for work in (alices_artwork.pk, link.artwork_id):
        assert alices_program.delete(f"/api/v1/artworks/{work}/links/{link.pk}/").status_code == 404
    assert UnlistedLink.objects.count() == 1


def test_there_is_an_end_to_links(alices_program: Client, alices_artwork: Artwork) -> None:
    for _ in range(20):
        UnlistedLink.objects.create(artwork=alices_artwork)
    response = send(alices_program, "post", f"/api/v1/artworks/{alices_artwork.pk}/links/")
    assert (response.status_code, response.json()["error"]["code"]) == (409, "too_many_links")
