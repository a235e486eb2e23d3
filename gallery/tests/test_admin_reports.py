"""What staff do with reports, in the administration."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from gallery import reporting
from gallery.models import Artwork, Report

Make = Callable[..., Artwork]
REPORTS, ARTWORKS = "/admin/gallery/report/", "/admin/gallery/artwork/"


@pytest.fixture
def reported(alice: User, charlie: User, bob: User, make_artwork: Make) -> Artwork:
    """A public work of Alice's that two people reported."""
    artwork = make_artwork(alice, is_public=True, title="Lighthouse")
    reporting.report(charlie, artwork, reason="person", text="That is me.")
    reporting.report(bob, artwork, reason="spam", text="")
    return artwork


def act(client: Client, address: str, action: str, *rows: object, reason: str = "") -> str:
    data = {"action": action, "_selected_action": [row.pk for row in rows], "reason": reason}
    return client.post(address, data, follow=True).content.decode()


def statuses() -> set[str]:
    return set(Report.objects.values_list("status", flat=True))


def test_open_reports_come_with_picture_and_words(as_bob: Client, reported: Artwork) -> None:
    page = as_bob.get(REPORTS).content.decode()
    assert f"/gallery/{reported.pk}/files/thumbnail/" in page
    for words in ("Lighthouse", "alice", "charlie", "That is me.", "It shows somebody who did not agree"):
        assert words in page
    assert 'name="reason"' in page


def test_hiding_needs_a_reason(as_bob: Client, anyone: Client, reported: Artwork) -> None:
    page = act(as_bob, REPORTS, "hide_works", *Report.objects.all(), reason="   ")
    assert "Nothing was hidden: write the reason" in page
    assert anyone.get(f"/gallery/{reported.pk}/").status_code == 200
    assert statuses() == {"open"}


def test_hiding_closes_every_report_of_the_work(as_bob: Client, bob: User, anyone: Client, reported: Artwork) -> None:
    page = act(as_bob, REPORTS, "hide_works", Report.objects.first(), reason="A person asked.")
    assert "1 hidden." in page
    assert anyone.get(f"/gallery/{reported.pk}/").status_code == 404
    assert Artwork.objects.get().hidden_reason == "A person asked."
    assert statuses() == {"hidden"}
    assert set(Report.objects.values_list("handled_by", flat=True)) == {bob.pk}
    assert "That is me." not in as_bob.get(REPORTS).content.decode(), "what is done leaves the list of open ones"
    for choice in ("hidden", "all"):
        assert "That is me." in as_bob.get(REPORTS, {"status": choice}).content.decode()


def test_dismissing_leaves_the_work(as_bob: Client, anyone: Client, reported: Artwork) -> None:
    assert "2 dismissed." in act(as_bob, REPORTS, "dismiss_reports", *Report.objects.all())
    assert anyone.get(f"/gallery/{reported.pk}/").status_code == 200
    assert statuses() == {"dismissed"}
    assert "0 dismissed." in act(as_bob, f"{REPORTS}?status=all", "dismiss_reports", *Report.objects.all())


def test_hiding_and_showing_from_the_list_of_works(
    as_bob: Client, anyone: Client, alice: User, reported: Artwork, make_artwork: Make
) -> None:
    private = make_artwork(alice, title="Diary")
    assert "1 hidden." in act(as_bob, ARTWORKS, "hide_works", reported, private, reason="Rights")
    private.refresh_from_db()
    assert not private.is_hidden, "what was never public is nobody's to hide"
    assert "1 shown again." in act(as_bob, ARTWORKS, "show_again", reported)
    assert anyone.get(f"/gallery/{reported.pk}/").status_code == 200


def test_staff_see_no_picture_of_a_private_or_deleted_work(as_bob: Client, reported: Artwork) -> None:
    address = f"/gallery/{reported.pk}/files/thumbnail/"
    for fields, words in (
        ({"is_public": False}, "private"),
        ({"is_public": True, "trashed_at": timezone.now()}, "deleted by its owner"),
    ):
        Artwork.objects.update(**fields)
        page = as_bob.get(REPORTS).content.decode()
        assert address not in page
        assert words in page
        assert as_bob.get(address).status_code == 404
    assert "Lighthouse" not in as_bob.get(REPORTS).content.decode()
    assert "Lighthouse" not in as_bob.get(ARTWORKS).content.decode()


def test_nobody_else_gets_there(anyone: Client, as_alice: Client, as_charlie: Client, reported: Artwork) -> None:
    for client in (anyone, as_alice, as_charlie):
        for address in (REPORTS, ARTWORKS):
            response = client.post(
                address, {"action": "hide_works", "_selected_action": [reported.pk], "reason": "Rights"}
            )
            assert response.status_code in (302, 404)
    assert not Artwork.objects.get().is_hidden
    assert statuses() == {"open"}


def test_neither_reports_nor_works_are_added_or_deleted_here(as_bob: Client, reported: Artwork) -> None:
    pk = Report.objects.first().pk
    for address in (f"{REPORTS}add/", f"{REPORTS}{pk}/delete/", f"{ARTWORKS}add/", f"{ARTWORKS}{reported.pk}/delete/"):
        assert as_bob.get(address).status_code == 403


def test_whether_a_work_is_public_is_its_owners_to_say(as_bob: Client, reported: Artwork) -> None:
    as_bob.post(f"{ARTWORKS}{reported.pk}/change/", {"title": "Tower", "is_public": "", "hidden_reason": "x"})
    reported.refresh_from_db()
    assert (reported.title, reported.is_public, reported.hidden_reason) == ("Tower", True, "")
    assert reported.title_key == "tower"
