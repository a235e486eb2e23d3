"""Titles people give, and what goes when an artwork goes for good."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gallery.models import Artwork
from stylizer.tests.traces import named_files, stored_files

Make = Callable[..., Artwork]


def rename(client: Client, artwork: Artwork, title: str) -> str:
    """Return the page that follows."""
    return client.post(f"/gallery/{artwork.pk}/rename/", {"title": title}, follow=True).content.decode()


def delete_for_good(client: Client, artwork: Artwork):
    """Return the page that follows."""
    client.post(f"/gallery/{artwork.pk}/delete/")
    return client.post("/gallery/trash/selected/", {"artworks": [artwork.pk], "verb": "delete"}, follow=True)


@pytest.mark.parametrize(
    ("title", "kept"),
    [("Sea", "Sea"), ("  Sea  ", "Sea"), ("x" * 120, "x" * 120), ("Zoë’s 海 🌊", "Zoë’s 海 🌊"), ("%s{}", "%s{}")],
)
def test_a_title(as_alice: Client, alice: User, make_artwork: Make, title: str, kept: str) -> None:
    artwork = make_artwork(alice)
    page = rename(as_alice, artwork, title)
    artwork.refresh_from_db()
    assert artwork.title == kept
    assert "A title needs" not in page


@pytest.mark.parametrize("title", ["", "   ", "x" * 121, "nul\0nul"])
def test_a_title_that_is_refused(as_alice: Client, alice: User, make_artwork: Make, title: str) -> None:
    artwork = make_artwork(alice)
    assert "A title needs 1 to 120 characters." in rename(as_alice, artwork, title)
    artwork.refresh_from_db()
    assert artwork.title == "Untitled"


def test_renaming_changes_nothing_but_the_title(as_alice: Client, alice: User, make_artwork: Make) -> None:
    artwork = make_artwork(alice)
    before = Artwork.objects.values().get()
    as_alice.post(f"/gallery/{artwork.pk}/rename/", {"title": "Sea", "is_public": "1", "owner": "1"})
    words = {"title_key": "sea", "search_text": " sea waves nobody alice "}
    assert Artwork.objects.values().get() == before | {"title": "Sea"} | words


def test_a_title_with_markup_is_text_everywhere(as_alice: Client, anyone: Client, alice: User, make_artwork) -> None:
    hostile = "\"><script>alert('hi')</script>&amp;"
    artwork = make_artwork(alice, is_public=True)
    pages = [rename(as_alice, artwork, hostile)]
    for address in ("/gallery/", f"/gallery/{artwork.pk}/"):
        pages += [client.get(address).content.decode() for client in (as_alice, anyone)]
    pages.append(as_alice.get("/gallery/mine/").content.decode())
    for page in pages:
        assert "&lt;script&gt;" in page
        assert "<script>alert" not in page
        assert "&amp;amp;" in page


def test_a_download_has_a_harmless_name(as_alice: Client, alice: User, make_artwork: Make) -> None:
    for title, name in (
        ("The Sea, at night", "the-sea-at-night.jpg"),
        ('"; x="../../etc/passwd\r\nSet-Cookie: a=b', "xetcpasswd-set-cookie-ab.jpg"),
        ("海", "painting.jpg"),
    ):
        artwork = make_artwork(alice, title=title)
        response = as_alice.get(f"/gallery/{artwork.pk}/files/image/?download=1")
        assert response.getvalue()
        assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        assert set(response.cookies) <= {"sessionid"}  # not one that the title brought


def test_deleting_removes_its_own_files_and_no_others(
    as_alice: Client, alice: User, make_artwork: Make, django_capture_on_commit_callbacks
) -> None:
    going, staying = make_artwork(alice), make_artwork(alice)
    with django_capture_on_commit_callbacks(execute=True):
        response = delete_for_good(as_alice, going)
    assert "1 picture deleted for good." in response.content.decode()
    assert list(Artwork.objects.all()) == [staying]
    assert stored_files() - named_files() == {staying.image.name, staying.thumbnail.name}


def test_deleting_an_artwork_keeps_its_job(
    as_alice: Client, alices_artwork: Artwork, alices_job, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        delete_for_good(as_alice, alices_artwork)
    alices_job.refresh_from_db()
    assert alices_job.status == "succeeded"
    assert stored_files() == named_files()
    page = as_alice.get(f"/stylizations/{alices_job.pk}/").content.decode()
    assert f"/gallery/save/{alices_job.pk}/" in page, "it can be saved again"


def test_files_stay_while_the_deletion_is_not_certain(as_alice: Client, alices_artwork: Artwork) -> None:
    before = stored_files()
    delete_for_good(as_alice, alices_artwork)  # its transaction has not been committed here
    assert stored_files() == before
