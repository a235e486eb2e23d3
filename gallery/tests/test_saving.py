"""Keeping a painting: once, one's own, and as a copy that outlives the job."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from gallery.models import Artwork
from gallery.saving import save_artwork
from stylizer import job_lifecycle
from stylizer.models import Stylization
from stylizer.tests.traces import named_files, stored_files


def content(file) -> bytes:
    return (Path(settings.MEDIA_ROOT) / file.name).read_bytes()


def test_saving_copies_the_painting(as_alice: Client, alice: User, alices_job: Stylization) -> None:
    response = as_alice.post(f"/gallery/save/{alices_job.pk}/", follow=True)
    artwork = Artwork.objects.get()
    assert response.redirect_chain == [(f"/gallery/{artwork.pk}/", 302)]
    assert "Saved to your gallery" in response.content.decode()
    assert (artwork.owner, artwork.style, artwork.stylization) == (alice, alices_job.style, alices_job)
    assert artwork.title == "Waves"
    assert (artwork.image_width, artwork.image_height) == (alices_job.result_width, alices_job.result_height)
    assert (artwork.is_public, artwork.published_at) == (False, None)
    assert content(artwork.image) == content(alices_job.result)
    assert content(artwork.thumbnail) == content(alices_job.thumbnail)
    assert artwork.image.name != alices_job.result.name


def test_saving_twice_keeps_one(as_alice: Client, alices_job: Stylization) -> None:
    first = as_alice.post(f"/gallery/save/{alices_job.pk}/").url
    files = stored_files()
    assert as_alice.post(f"/gallery/save/{alices_job.pk}/").url == first
    assert Artwork.objects.count() == 1
    assert stored_files() == files


@pytest.mark.django_db(transaction=True)
def test_saving_twice_at_the_same_moment_keeps_one(alices_job: Stylization) -> None:
    start = threading.Barrier(4, timeout=60)

    def save(_: int) -> Artwork:
        try:
            job = Stylization.objects.select_related("style", "owner").get()
            start.wait()
            return save_artwork(job)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        saved = list(threads.map(save, range(4)))
    artwork = Artwork.objects.get()
    assert {item.pk for item in saved} == {artwork.pk}
    assert stored_files() - named_files() == {artwork.image.name, artwork.thumbnail.name}


def test_a_job_without_a_result_cannot_be_saved(as_alice: Client, alice: User, queue_photo) -> None:
    for state in ("queued", "running", "failed", "cancelled"):
        job = queue_photo(alice)
        if state in ("running", "failed"):
            job = job_lifecycle.claim("worker")
        if state == "failed":
            job_lifecycle.fail(job, "code", "Reason.")
        if state == "cancelled":
            job_lifecycle.cancel(job)
        files = stored_files()
        response = as_alice.post(f"/gallery/save/{job.pk}/", follow=True)
        assert "Only a finished painting can be saved" in response.content.decode()
        assert Artwork.objects.count() == 0
        assert stored_files() == files
        job.delete()


def test_the_job_page_leads_to_the_saved_artwork(as_alice: Client, alices_job: Stylization) -> None:
    address = f"/stylizations/{alices_job.pk}/"
    assert f"/gallery/save/{alices_job.pk}/" in as_alice.get(address).content.decode()
    artwork = save_artwork(alices_job)
    page = as_alice.get(address).content.decode()
    assert f"/gallery/{artwork.pk}/" in page
    assert "/gallery/save/" not in page


def test_deleting_the_job_keeps_the_artwork(
    as_alice: Client, alices_artwork: Artwork, alices_job: Stylization, django_capture_on_commit_callbacks
) -> None:
    image = content(alices_artwork.image)
    with django_capture_on_commit_callbacks(execute=True):
        as_alice.post(f"/stylizations/{alices_job.pk}/delete/")
    alices_artwork.refresh_from_db()
    assert alices_artwork.stylization is None
    assert content(alices_artwork.image) == image
    assert as_alice.get(f"/gallery/{alices_artwork.pk}/").status_code == 200
    assert as_alice.get(f"/gallery/{alices_artwork.pk}/files/image/").getvalue() == image
    assert stored_files() - named_files() == {alices_artwork.image.name, alices_artwork.thumbnail.name}


def test_a_save_that_fails_half_way_leaves_nothing(alices_job: Stylization) -> None:
    before = stored_files()
    thumbnail = Path(settings.MEDIA_ROOT) / alices_job.thumbnail.name
    thumbnail.unlink()
    thumbnail.symlink_to("/proc/self/mem")  # opens, and cannot be read: by then the picture is copied
    with pytest.raises(OSError, match="error"):
        save_artwork(alices_job)
    assert Artwork.objects.count() == 0
    assert stored_files() <= before


def test_a_painting_can_be_saved_again_after_it_was_removed(
    as_alice: Client, alices_artwork: Artwork, alices_job: Stylization, django_capture_on_commit_callbacks
) -> None:
    as_alice.post(f"/gallery/{alices_artwork.pk}/delete/")
    with django_capture_on_commit_callbacks(execute=True):
        as_alice.post("/gallery/trash/selected/", {"verb": "empty"})
    as_alice.post(f"/gallery/save/{alices_job.pk}/")
    assert Artwork.objects.get().pk != alices_artwork.pk


def test_saving_what_lies_in_the_trash_restores_it(
    as_alice: Client, alices_artwork: Artwork, alices_job: Stylization
) -> None:
    as_alice.post(f"/gallery/{alices_artwork.pk}/delete/")
    page = as_alice.get(f"/stylizations/{alices_job.pk}/").content.decode()
    assert f"/gallery/save/{alices_job.pk}/" in page
    assert as_alice.post(f"/gallery/save/{alices_job.pk}/").url == f"/gallery/{alices_artwork.pk}/"
    assert list(Artwork.objects.owned_by(alices_artwork.owner)) == [alices_artwork]
