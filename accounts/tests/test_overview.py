"""The account page says how much one uses and may use."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.test import Client

from stylizer.quota import bytes_used, in_megabytes


def words(client: Client) -> str:
    return " ".join(client.get("/account/").content.decode().split())


def test_storage_and_queue(as_alice: Client, alice: User, alices_artwork, queue_photo, settings) -> None:
    queue_photo(alice)
    settings.EASEL_QUOTA_BYTES = 2 * bytes_used(alice)
    page = words(as_alice)
    assert f"{in_megabytes(bytes_used(alice))} of {in_megabytes(settings.EASEL_QUOTA_BYTES)} used" in page
    assert 'value="50"' in page
    assert "1 of 20" in page
    assert page.index("Gallery</dt>") < page.index("History</dt>")


def test_without_a_limit_it_says_so(as_alice: Client) -> None:
    page = words(as_alice)
    assert "0.0 MB used. This server sets no limit." in page
    assert "<meter" not in page


def test_more_than_allowed_is_full(as_alice: Client, alices_artwork, settings) -> None:
    settings.EASEL_QUOTA_BYTES = 1
    assert 'value="100"' in words(as_alice)


def test_others_see_their_own(as_charlie: Client, alices_artwork) -> None:
    page = words(as_charlie)
    assert "charlie@example.org" in page
    assert "alice" not in page
    assert "0.0 MB used" in page


def test_every_section_is_one_step_away(as_alice: Client) -> None:
    page = as_alice.get("/account/").content.decode()
    for address in ("/accounts/email/", "/accounts/password/change/", "/account/sessions/", "/account/tokens/"):
        assert f'href="{address}"' in page
        assert 'aria-label="Account"' in as_alice.get(address).content.decode()
