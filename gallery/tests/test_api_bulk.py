"""One thing done to many works by the API: all of them or none, and never anybody else's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from gallery.models import Album, Artwork

pytestmark = pytest.mark.django_db
Make = Callable[..., Artwork]


def bulk(client: Client, verb: str, *artworks: Artwork, **more: Any) -> Any:
    body = {"verb": verb, "artworks": [str(artwork.pk) for artwork in artworks], **more}
    return client.post("/api/v1/artworks/bulk/", body, content_type="application/json")


def test_publish_and_make_private(alices_program: Client, alice: User, make_artwork: Make) -> None:
    works = [make_artwork(alice) for _ in range(3)]
    hidden = make_artwork(alice, hidden_at=timezone.now(), hidden_reason="Rights")
    response = bulk(alices_program, "publish", *works, hidden)
    assert response.json() == {"changed": 3, "hidden_by_staff": [str(hidden.pk)]}
    assert set(Artwork.objects.public()) == set(works)
    assert bulk(alices_program, "make_private", *works[:2]).json()["changed"] == 2
    assert set(Artwork.objects.public()) == {works[2]}


def test_albums(alices_program: Client, alice: User, make_artwork: Make) -> None:
    works = [make_artwork(alice) for _ in range(2)]
    sea, hills = (Album.objects.create(owner=alice, name=name) for name in ("Sea", "Hills"))

    def within(album: Album) -> set[Any]:
        return set(album.entries.values_list("artwork", flat=True))

    assert bulk(alices_program, "add_to_album", *works, album=sea.pk).json()["changed"] == 2
    assert bulk(alices_program, "move_to_album", works[0], album=hills.pk).json()["changed"] == 1
    assert (within(sea), within(hills)) == ({works[1].pk}, {works[0].pk})
    assert bulk(alices_program, "take_out_of_album", works[1], album=sea.pk).json()["changed"] == 1
    assert within(sea) == set()


def test_trash_restore_and_delete(alices_program: Client, alice: User, make_artwork: Make) -> None:
    works = [make_artwork(alice) for _ in range(3)]
    assert bulk(alices_program, "restore", *works).json()["error"]["code"] == "artwork_unknown", "not in the trash"
    assert bulk(alices_program, "trash", *works).json()["changed"] == 3
    assert bulk(alices_program, "publish", works[0]).json()["error"]["code"] == "artwork_unknown"
    assert bulk(alices_program, "restore", works[0]).json()["changed"] == 1
    assert bulk(alices_program, "delete", *works[1:]).json()["changed"] == 2
    assert list(Artwork.objects.all()) == [works[0]]


def test_all_or_none_and_nobody_elses(
    alices_program: Client, alice: User, charlie: User, make_artwork: Make, program: Callable[[User], Client]
) -> None:
    hers, his = make_artwork(alice), make_artwork(charlie, is_public=True)
    for verb in ("publish", "make_private", "trash"):
        response = bulk(alices_program, verb, hers, his)
        assert (response.status_code, response.json()["error"]["code"]) == (400, "artwork_unknown")
        assert list(response.json()["error"]["fields"]) == ["artworks"]
    album = Album.objects.create(owner=charlie, name="His")
    response = bulk(alices_program, "add_to_album", hers, album=album.pk)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "album_unknown")
    hers.refresh_from_db()
    his.refresh_from_db()
    assert (hers.is_public, his.is_public, hers.trashed_at, his.trashed_at) == (False, True, None, None)
    assert bulk(program(charlie), "trash", hers).status_code == 400


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"verb": "burn"}, "verb"),
        ({"artworks": []}, "artworks"),
        ({"artworks": ["no-id"]}, "artworks"),
        ({"artworks": ["3f6d2c1e-8a57-4f0b-9b53-2f6f0c7d1a90"] * 501}, "artworks"),
        ({"verb": "move_to_album"}, "album"),
        ({"verb": "move_to_album", "album": 2**63}, "album"),
    ],
)
def test_what_cannot_be(alices_program: Client, alices_artwork: Artwork, body: dict[str, Any], field: str) -> None:
    sent = {"verb": "publish", "artworks": [str(alices_artwork.pk)]} | body
    response = alices_program.post("/api/v1/artworks/bulk/", sent, content_type="application/json")
    assert response.status_code == 400
    assert list(response.json()["error"]["fields"]) == [field]


def test_a_repeated_request_is_carried_out_once(alices_program: Client, alice: User, make_artwork: Make) -> None:
    artwork = make_artwork(alice)
    body = {"verb": "trash", "artworks": [str(artwork.pk)]}
    answers = [
        alices_program.post(
            "/api/v1/artworks/bulk/", body, content_type="application/json", headers={"Idempotency-Key": "one"}
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 200], "the second would find it gone from the gallery"
    assert answers[0].json() == answers[1].json()
