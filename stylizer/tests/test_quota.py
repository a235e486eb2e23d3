"""What one person's files may take, where photos are taken in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from stylizer.deletion import delete_job
from stylizer.models import Stylization
from stylizer.quota import bytes_used, in_megabytes
from stylizer.tests import pictures


def sizes_on_disk() -> Iterator[int]:
    for path in Path(settings.MEDIA_ROOT).rglob("*"):
        if path.is_file() and "styles" not in path.parts:
            yield path.stat().st_size


def send(client: Client, photo: bytes):
    data = {"photo": SimpleUploadedFile("p.jpg", photo), "style": "waves"}
    return client.post("/api/v1/stylizations/", data)


def test_everything_of_a_person_counts_and_nothing_of_others(
    alice: User, charlie: User, alices_artwork, queue_photo: Callable[..., Stylization]
) -> None:
    assert bytes_used(alice) == sum(sizes_on_disk()) > 0
    assert bytes_used(charlie) == 0
    before = bytes_used(alice)
    queue_photo(charlie)
    assert bytes_used(alice) == before
    assert bytes_used(charlie) == sum(sizes_on_disk()) - before


def test_a_file_that_is_gone_counts_nothing(alice: User, alices_job: Stylization) -> None:
    before = bytes_used(alice)
    size = alices_job.result.size
    alices_job.result.storage.delete(alices_job.result.name)
    assert bytes_used(alice) == before - size


def test_a_photo_too_many_is_refused_and_nothing_is_stored(
    alices_program: Client, alice: User, style, settings, leaves_no_trace
) -> None:
    photo = pictures.jpeg()
    settings.EASEL_QUOTA_BYTES = len(photo)
    assert send(alices_program, photo).status_code == 202
    with leaves_no_trace():
        response = send(alices_program, photo)
    assert response.status_code == 413
    error = response.json()["error"]
    assert error["code"] == "quota_exceeded"
    assert error["detail"].endswith("Delete some of your history or gallery, then try again.")
    delete_job(Stylization.objects.get())  # its files stay in this test, but no row names them
    assert send(alices_program, photo).status_code == 202


def test_the_studio_says_so_beside_the_photo(as_alice: Client, style, settings) -> None:
    settings.EASEL_QUOTA_BYTES = 1
    response = as_alice.post("/studio/", {"photo": SimpleUploadedFile("p.jpg", pictures.jpeg()), "style": "waves"})
    assert response.status_code == 400
    assert "this server keeps for one person" in response.content.decode()


def test_others_are_not_held_to_it(alices_artwork, charlie: User, program, settings) -> None:
    photo = pictures.jpeg()
    settings.EASEL_QUOTA_BYTES = len(photo)
    assert send(program(charlie), photo).status_code == 202


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0.0 MB"), (1_234_567, "1.2 MB"), (12_345_678, "12 MB"), (999_999_999, "1000 MB"), (1_500_000_000, "1.5 GB")],
)
def test_sizes_in_words(size: int, words: str) -> None:
    assert in_megabytes(size) == words
