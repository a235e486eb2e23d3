"""Works by the API: keeping, listing, showing, starring, deleting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from accounts.models import ApiToken
from gallery import reporting
from gallery.models import Album, AlbumEntry, Artwork
from gallery.publishing import publish
from gallery.trash import move_to_trash
from stylizer.models import Stylization
from stylizer.tests.traces import stored_files

pytestmark = pytest.mark.django_db
WORKS = "/api/v1/artworks/"


def send(client: Client, method: str, address: str, **body: Any) -> Any:
    return getattr(client, method)(address, body, content_type="application/json")


def titles(response: Any) -> list[str]:
    assert response.status_code == 200, response.json()
    return [work["title"] for work in response.json()["results"]]


@pytest.fixture
def address(alices_artwork: Artwork) -> str:
    return f"{WORKS}{alices_artwork.pk}/"


@pytest.fixture
def charlies_program(charlie: User, program: Callable[[User], Client]) -> Client:
    return program(charlie)


def test_a_painting_is_kept_with_its_finishing_and_title(alices_program: Client, alices_job: Stylization) -> None:
    body = {"stylization": str(alices_job.pk), "title": "Dusk", "strength": 0.5, "format": "png", "is_public": True}
    response = send(alices_program, "post", WORKS, **body)
    assert response.status_code == 201, response.json()
    told = response.json()
    assert response["Location"] == told["url"]
    assert (told["title"], told["strength"], told["format"], told["is_public"]) == ("Dusk", 0.5, "png", True)
    artwork = Artwork.objects.get()
    assert (artwork.strength, artwork.format, artwork.owner) == (0.5, "PNG", alices_job.owner)
    assert alices_program.get(told["image_url"]).getvalue()[:4] == b"\x89PNG"


def test_kept_again_it_is_the_same_work(alices_program: Client, alices_job: Stylization) -> None:
    first = send(alices_program, "post", WORKS, stylization=str(alices_job.pk))
    again = send(alices_program, "post", WORKS, stylization=str(alices_job.pk))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"] == str(Artwork.objects.get().pk)


def test_a_request_that_is_repeated_keeps_one(alices_program: Client, alices_job: Stylization) -> None:
    headers = {"idempotency-key": "one"}
    body = {"stylization": str(alices_job.pk)}
    answers = [alices_program.post(WORKS, body, content_type="application/json", headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[1].headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid"),
        ({"stylization": "no-id"}, 400, "invalid"),
        ({"stylization": "00000000-0000-4000-8000-000000000000"}, 400, "stylization_unknown"),
        ({"strength": 2}, 400, "invalid"),
        ({"format": "gif"}, 400, "invalid"),
        ({"quality": 0}, 400, "invalid"),
        ({"title": "x" * 121}, 400, "invalid"),
        ({"title": "a\0b"}, 400, "invalid"),
        ({"title": " "}, 400, "invalid"),
    ],
)
def test_what_cannot_be_kept(
    body: dict[str, Any], status: int, code: str, alices_program: Client, alices_job: Stylization
) -> None:
    before = stored_files()
    wanted = ({"stylization": str(alices_job.pk)} if body else {}) | body
    response = send(alices_program, "post", WORKS, **wanted)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert (Artwork.objects.count(), stored_files()) == (0, before)


def test_only_what_is_painted_and_ones_own_is_kept(
    alices_program: Client,
    charlies_program: Client,
    alice: User,
    alices_job: Stylization,
    queue_photo: Callable[..., Stylization],
) -> None:
    waiting = send(alices_program, "post", WORKS, stylization=str(queue_photo(alice).pk))
    assert (waiting.status_code, waiting.json()["error"]["code"]) == (409, "not_finished")
    others = send(charlies_program, "post", WORKS, stylization=str(alices_job.pk))
    assert (others.status_code, others.json()["error"]["code"]) == (400, "stylization_unknown")


def test_lists_have_filters_and_orders(
    alices_program: Client, alice: User, charlie: User, make_artwork: Callable[..., Artwork], make_style
) -> None:
    other = make_style("udnie")
    sea = make_artwork(alice, title="Sea", is_public=True)
    make_artwork(alice, title="Boats at sea", style=other, star_count=4)
    make_artwork(alice, title="Ärger")
    make_artwork(charlie, title="Charlie's sea")
    AlbumEntry.objects.create(album=Album.objects.create(owner=alice, name="Best"), artwork=sea)
    foreign = Album.objects.create(owner=charlie, name="His")
    AlbumEntry.objects.create(album=foreign, artwork=sea)
    album = Album.objects.get(owner=alice)
    for query, expected in (
        ("", ["Ärger", "Boats at sea", "Sea"]),
        ("?ordering=created_at", ["Sea", "Boats at sea", "Ärger"]),
        ("?ordering=title", ["Ärger", "Boats at sea", "Sea"]),
        ("?ordering=-stars", ["Boats at sea", "Ärger", "Sea"]),
        ("?q=SEA boats", ["Boats at sea"]),
        ("?q=arger", ["Ärger"]),
        ("?style=udnie", ["Boats at sea"]),
        ("?style=nothing", []),
        ("?is_public=true", ["Sea"]),
        ("?is_public=false", ["Ärger", "Boats at sea"]),
        (f"?album={album.pk}", ["Sea"]),
        (f"?album={foreign.pk}", []),
        ("?album=99999999999999999999999", []),
        ("?starred=true", []),
        ("?starred=false", ["Ärger", "Boats at sea", "Sea"]),
    ):
        assert titles(alices_program.get(WORKS + query)) == expected, query
    for wrong in ("?q=%00", "?style=%00", "?album=x", "?ordering=owner", "?page_size=0", f"?q={'a' * 101}"):
        assert alices_program.get(WORKS + wrong).status_code == 400, wrong


def test_pages_follow_each_other(
    alices_program: Client, alice: User, make_artwork: Callable[..., Artwork], in_numbers
) -> None:
    in_numbers(make_artwork(alice), 4)
    for ordering in ("created_at", "-created_at", "title", "-stars"):
        page = alices_program.get(f"{WORKS}?page_size=2&ordering={ordering}").json()
        seen = [work["id"] for work in page["results"]]
        while page["next"]:
            page = alices_program.get(page["next"]).json()
            seen += [work["id"] for work in page["results"]]
        assert len(seen) == len(set(seen)) == 5, ordering


def test_what_everybody_sees(
    anyone: Client, alices_program: Client, alice: User, bob: User, make_artwork: Callable[..., Artwork]
) -> None:
    shown = make_artwork(alice, title="Shown", is_public=True)
    make_artwork(alice, title="Private")
    reporting.hide(make_artwork(alice, title="Hidden", is_public=True), by=bob, reason="Rights")
    trashed = make_artwork(alice, title="Trashed", is_public=True)
    move_to_trash(Artwork.objects.filter(pk=trashed.pk))
    public = anyone.get(f"{WORKS}public/")
    assert titles(public) == ["Shown"]
    assert public.json()["results"][0] | {"is_mine": False, "stylization": None} == public.json()["results"][0]
    assert titles(anyone.get(f"{WORKS}public/?q=nothing")) == []
    assert titles(anyone.get(f"{WORKS}public/?style=waves&ordering=-stars")) == ["Shown"]
    for kind in ("", "image/", "thumbnail/", "thumbnail/?size=large"):
        response = anyone.get(f"{WORKS}{shown.pk}/{kind}")
        assert response.status_code == 200
        assert response.getvalue() if response.streaming else response.content
    assert alices_program.get(f"{WORKS}public/").json()["results"][0]["is_mine"] is True


def test_others_learn_nothing_of_what_is_not_public(
    anyone: Client, charlies_program: Client, address: str, alices_artwork: Artwork
) -> None:
    for client, status in ((anyone, 404), (charlies_program, 404)):
        for kind in ("", "image/", "thumbnail/"):
            assert client.get(address + kind).status_code == status
    publish(Artwork.objects.filter(pk=alices_artwork.pk))
    told = charlies_program.get(address).json()
    assert (told["stylization"], told["is_mine"], told["owner"]) == (None, False, "alice")


def test_a_token_that_may_not_look_sees_only_what_is_refused_to_it(alice: User, address: str) -> None:
    _, token = ApiToken.issue(alice, days=1, scopes=["write"])
    writer = Client(headers={"authorization": f"Token {token}"})
    for kind in ("", "image/", "thumbnail/"):
        response = writer.get(address + kind)
        assert (response.status_code, response.json()["error"]["code"]) == (403, "scope_missing")


def test_only_its_owner_changes_a_public_work(charlies_program: Client, address: str, alices_artwork: Artwork) -> None:
    publish(Artwork.objects.filter(pk=alices_artwork.pk))
    assert send(charlies_program, "patch", address, title="Mine").status_code == 404
    assert charlies_program.delete(address).status_code == 404
    for verb in ("trash", "restore"):
        assert charlies_program.post(f"{address}{verb}/").status_code == 404
    for method in ("get", "post"):
        assert getattr(charlies_program, method)(f"{address}links/").status_code == 404
    alices_artwork.refresh_from_db()
    assert (alices_artwork.title, alices_artwork.is_trashed) == ("Waves", False)


def test_title_and_publishing(alices_program: Client, address: str, charlie: User) -> None:
    assert send(alices_program, "patch", address, title="Dusk").json()["title"] == "Dusk"
    told = send(alices_program, "patch", address, is_public=True).json()
    assert (told["is_public"], bool(told["published_at"]), told["title"]) == (True, True, "Dusk")
    told = send(alices_program, "patch", address, is_public=False).json()
    assert (told["is_public"], told["published_at"]) == (False, None)
    before = Artwork.objects.values().get()
    sent = {"owner": charlie.pk, "star_count": 99, "hidden": None, "id": "x", "trashed_at": "2020-01-01T00:00:00Z"}
    assert send(alices_program, "patch", address, **sent).status_code == 200
    assert Artwork.objects.values().get() == before, "what is not to be written stays"


def test_what_staff_hid_is_not_published_and_says_why(
    alices_program: Client, address: str, alices_artwork: Artwork, bob: User
) -> None:
    publish(Artwork.objects.filter(pk=alices_artwork.pk))
    reporting.hide(alices_artwork, by=bob, reason="A person asked.")
    assert alices_program.get(address).json()["hidden"]["reason"] == "A person asked."
    response = send(alices_program, "patch", address, is_public=True, title="Other")
    assert (response.status_code, response.json()["error"]["code"]) == (409, "hidden_by_staff")
    assert "A person asked." in response.json()["error"]["detail"]
    alices_artwork.refresh_from_db()
    assert alices_artwork.title == "Waves"
    assert send(alices_program, "post", f"{address}links/").status_code == 409


def test_stars(alices_program: Client, charlies_program: Client, address: str, alices_artwork: Artwork) -> None:
    assert charlies_program.put(f"{address}star/").status_code == 404, "it is private"
    publish(Artwork.objects.filter(pk=alices_artwork.pk))
    for _ in range(2):
        told = charlies_program.put(f"{address}star/").json()
        assert (told["star_count"], told["has_starred"]) == (1, True)
    assert titles(charlies_program.get(f"{WORKS}starred/")) == ["Waves"]
    assert titles(alices_program.get(f"{WORKS}starred/")) == []
    assert alices_program.get(WORKS).json()["results"][0]["has_starred"] is False
    for _ in range(2):
        told = charlies_program.delete(f"{address}star/").json()
        assert (told["star_count"], told["has_starred"]) == (0, False)


def test_trash(alices_program: Client, address: str, alices_artwork: Artwork, alices_job: Stylization) -> None:
    direct = alices_program.delete(address)
    assert (direct.status_code, direct.json()["error"]["code"]) == (409, "not_in_trash")
    told = alices_program.post(f"{address}trash/").json()
    assert told["trashed_at"]
    assert told["leaves_trash_at"]
    assert titles(alices_program.get(WORKS)) == []
    assert titles(alices_program.get(f"{WORKS}trash/")) == ["Waves"]
    assert send(alices_program, "patch", address, title="x").status_code == 404
    assert alices_program.put(f"{address}star/").status_code == 404
    assert alices_program.post(f"{address}restore/").json()["trashed_at"] is None
    alices_program.post(f"{address}trash/")
    assert alices_program.delete(address).status_code == 204
    assert not Artwork.objects.exists()
    assert alices_program.get(address).status_code == 404


def test_the_trash_is_emptied_of_ones_own_only(
    alices_program: Client, alice: User, charlie: User, make_artwork: Callable[..., Artwork]
) -> None:
    for owner in (alice, alice, charlie):
        make_artwork(owner)
    move_to_trash(Artwork.objects.all())
    make_artwork(alice, title="Kept")
    assert alices_program.delete(f"{WORKS}trash/").status_code == 204
    assert {work.owner: work.title for work in Artwork.objects.all()} == {charlie: "Untitled", alice: "Kept"}


def test_pictures_come_in_parts_and_not_twice(alices_program: Client, address: str, alices_artwork: Artwork) -> None:
    whole = alices_program.get(f"{address}image/?download=1")
    assert whole.headers["Content-Disposition"].startswith('attachment; filename="waves.')
    content = whole.getvalue()
    part = alices_program.get(f"{address}image/", headers={"range": "bytes=2-5"})
    assert (part.status_code, part.getvalue()) == (206, content[2:6])
    again = alices_program.get(f"{address}image/", headers={"if-none-match": whole.headers["ETag"]})
    assert again.status_code == 304
    told = alices_program.get(address)
    assert alices_program.get(address, headers={"if-none-match": told.headers["ETag"]}).status_code == 304
