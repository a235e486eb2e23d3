"""Reporting a public work: once, with a reason, and not too often."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from gallery import reporting
from gallery.models import Artwork, Report
from gallery.reporting import REPORTS_PER_DAY

Make = Callable[..., Artwork]


def report(client: Client, artwork: Artwork, reason: str = "spam", text: str = "", **options: object):
    return client.post(f"/gallery/{artwork.pk}/report/", {"reason": reason, "text": text}, **options)


def test_a_report(as_charlie: Client, alice: User, charlie: User, make_artwork: Make) -> None:
    artwork = make_artwork(alice, is_public=True)
    page = as_charlie.get(f"/gallery/{artwork.pk}/").content.decode()
    assert f"/gallery/{artwork.pk}/report/" in page
    after = report(as_charlie, artwork, "person", "That is me.", follow=True).content.decode()
    assert "Thank you. Staff will look at it." in after
    assert "You reported this picture." in after
    made = Report.objects.get()
    assert (made.artwork, made.reporter, made.reason, made.text) == (artwork, charlie, "person", "That is me.")
    assert made.status == "open"
    assert artwork in as_charlie.get("/gallery/").context["artworks"], "a report alone hides nothing"


@pytest.mark.parametrize(
    ("reason", "text", "why"),
    [
        ("", "", "Choose what is wrong with it."),
        ("nonsense", "", "Select a valid choice"),
        ("spam", "x" * 1001, "1000"),
        ("spam", "nul\0", "Null characters"),
    ],
)
def test_a_report_that_is_refused(as_charlie: Client, alice: User, make_artwork, reason: str, text: str, why: str):
    artwork = make_artwork(alice, is_public=True)
    response = report(as_charlie, artwork, reason, text)
    assert response.status_code == 400
    assert why in response.content.decode()
    assert not Report.objects.exists()


def test_each_person_reports_a_work_once(as_charlie: Client, as_bob: Client, alice: User, make_artwork: Make) -> None:
    artwork = make_artwork(alice, is_public=True)
    report(as_charlie, artwork)
    again = report(as_charlie, artwork, "rights")
    assert again.status_code == 409
    assert "You reported this work before." in again.content.decode()
    assert report(as_bob, artwork).status_code == 302
    assert Report.objects.count() == 2


def test_reports_are_limited_by_the_day(as_charlie: Client, as_bob: Client, alice: User, make_artwork: Make) -> None:
    artworks = [make_artwork(alice, is_public=True) for _ in range(REPORTS_PER_DAY + 1)]
    for artwork in artworks[:-1]:
        assert report(as_charlie, artwork).status_code == 302
    refused = report(as_charlie, artworks[-1])
    assert refused.status_code == 429
    assert "try again tomorrow" in refused.content.decode()
    assert report(as_bob, artworks[-1]).status_code == 302, "others may still report"
    Report.objects.filter(reporter__username="charlie").update(created_at=timezone.now() - timedelta(hours=25))
    assert report(as_charlie, artworks[-1]).status_code == 302


def test_the_owner_learns_neither_of_the_report_nor_who_sent_it(
    as_charlie: Client, as_alice: Client, alice: User, make_artwork: Make
) -> None:
    artwork = make_artwork(alice, is_public=True)
    report(as_charlie, artwork, text="Ugly.")
    page = as_alice.get(f"/gallery/{artwork.pk}/").content.decode()
    assert "charlie" not in page
    assert "Ugly." not in page
    assert "eport" not in page


def test_hiding_tells_the_owner_why_and_keeps_it_hidden(
    as_alice: Client, as_bob: Client, anyone: Client, alice: User, bob: User, make_artwork: Make
) -> None:
    artwork = make_artwork(alice, is_public=True)
    assert reporting.hide(artwork, by=bob, reason="A <b>person</b> asked.") is True
    assert reporting.hide(artwork, by=bob, reason="Again.") is False
    for client in (as_alice, as_bob):
        page = client.get(f"/gallery/{artwork.pk}/").content.decode()
        assert "Hidden by staff." in page
        assert "A &lt;b&gt;person&lt;/b&gt; asked." in page
    for value in ("1", "0", "1"):
        response = as_alice.post(f"/gallery/{artwork.pk}/publish/", {"is_public": value}, follow=True)
        assert ("cannot be published" in response.content.decode()) is True
        assert anyone.get(f"/gallery/{artwork.pk}/").status_code == 404
    assert "Staff hid this picture, so it cannot be published." in response.content.decode()
    artwork.refresh_from_db()
    assert (artwork.is_public, artwork.hidden_by) == (False, bob)
    assert "Hidden by staff" in as_alice.get("/gallery/mine/").content.decode()


def test_hiding_outlasts_the_trash(as_alice: Client, anyone: Client, alice: User, bob: User, make_artwork) -> None:
    artwork = make_artwork(alice, is_public=True)
    reporting.hide(artwork, by=bob, reason="Rights")
    as_alice.post(f"/gallery/{artwork.pk}/delete/")
    as_alice.post("/gallery/trash/selected/", {"verb": "restore", "artworks": [artwork.pk]})
    assert anyone.get(f"/gallery/{artwork.pk}/").status_code == 404


def test_showing_again(anyone: Client, alice: User, bob: User, make_artwork: Make) -> None:
    artwork = make_artwork(alice, is_public=True)
    reporting.hide(artwork, by=bob, reason="Rights")
    assert reporting.show_again(artwork) is True
    assert reporting.show_again(artwork) is False
    assert anyone.get(f"/gallery/{artwork.pk}/").status_code == 200
    artwork.refresh_from_db()
    assert (artwork.hidden_reason, artwork.hidden_by) == ("", None)


def test_a_program_reports_as_a_person_does(
    program: Callable[[User], Client], alice: User, charlie: User, make_artwork: Make
) -> None:
    public, private = make_artwork(alice, is_public=True), make_artwork(alice)
    outsider, owner = program(charlie), program(alice)

    def send(client: Client, artwork: Artwork, **body: str) -> Any:
        return client.post(f"/api/v1/artworks/{artwork.pk}/report/", body, content_type="application/json")

    assert send(outsider, public, reason="nonsense").status_code == 400
    assert send(outsider, public, reason="rights", text="x" * 1001).status_code == 400
    made = send(outsider, public, reason="rights", text="This is my photo.")
    assert (made.status_code, made.json()["artwork"]) == (201, str(public.pk))
    assert set(made.json()) == {"artwork", "reason", "text", "created_at"}
    again = send(outsider, public, reason="spam")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "reported_before")
    for client, artwork in ((outsider, private), (owner, public)):
        assert send(client, artwork, reason="rights").status_code == 404
    assert Report.objects.count() == 1
