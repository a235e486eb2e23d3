"""Two sizes of thumbnail, and pictures that say how large they are before they arrive."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.test import Client
from PIL import Image

from gallery.models import Artwork
from gallery.saving import save_artwork
from gallery.thumbnails import large_thumbnail
from stylizer import job_lifecycle
from stylizer.tests import pictures
from stylizer.tests.traces import stored_files

Make = Callable[..., Artwork]


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [(1920, 1080, (960, 540)), (800, 1600, (480, 960)), (2000, 20, (960, 10)), (3000, 2000, (960, 640))],
)
def test_the_larger_one_is_made_when_it_is_first_asked_for(
    as_alice: Client, alice: User, make_artwork: Make, width: int, height: int, expected: tuple[int, int]
) -> None:
    artwork = make_artwork(alice, image_width=width, image_height=height)
    assert not artwork.large_thumbnail
    address = f"/gallery/{artwork.pk}/files/thumbnail-large/"
    response = as_alice.get(address)
    first = response.getvalue()
    assert response.headers["Content-Type"] == "image/webp"
    assert (opened(first).format, opened(first).size) == ("WEBP", expected)
    assert artwork.large_thumbnail_size == expected, "which pages say before it is made"
    artwork.refresh_from_db()
    files = stored_files()
    assert artwork.large_thumbnail.name in files
    assert as_alice.get(address).getvalue() == first
    assert stored_files() == files


@pytest.mark.parametrize(("width", "height"), [(32, 24), (10, 32), (1, 1)])
def test_a_small_picture_needs_no_larger_one(as_alice: Client, alice: User, make_artwork, width: int, height: int):
    artwork = make_artwork(alice, image_width=width, image_height=height)
    small = as_alice.get(f"/gallery/{artwork.pk}/files/thumbnail/").getvalue()
    assert as_alice.get(f"/gallery/{artwork.pk}/files/thumbnail-large/").getvalue() == small
    assert "srcset" not in as_alice.get("/gallery/mine/").content.decode()


def test_between_the_sizes_nothing_is_enlarged(as_alice: Client, alice: User, make_artwork: Make) -> None:
    artwork = make_artwork(alice, image_width=700, image_height=500)
    content = as_alice.get(f"/gallery/{artwork.pk}/files/thumbnail-large/").getvalue()
    assert opened(content).size == artwork.large_thumbnail_size == (700, 500)


def test_transparency_is_kept(alice: User, make_artwork: Make) -> None:
    artwork = make_artwork(alice, image_width=1200, image_height=1200, format="PNG")
    picture = Image.new("RGBA", (1200, 1200), (200, 30, 30, 0))
    artwork.image.save("", ContentFile(pictures.encoded(picture, "PNG")), save=True)
    with large_thumbnail(artwork).open("rb") as file, Image.open(file) as image:
        assert image.convert("RGBA").getpixel((5, 5))[3] == 0


def test_a_damaged_picture_shows_its_small_thumbnail(as_alice: Client, alice: User, make_artwork: Make) -> None:
    artwork = make_artwork(alice, image_width=1200, image_height=900)
    (Path(settings.MEDIA_ROOT) / artwork.image.name).write_bytes(b"no picture")
    response = as_alice.get(f"/gallery/{artwork.pk}/files/thumbnail-large/")
    assert opened(response.getvalue()).size == (32, 24)
    artwork.refresh_from_db()
    assert not artwork.large_thumbnail


def test_two_browsers_at_once_leave_one_file(alice: User, make_artwork: Make) -> None:
    artwork = make_artwork(alice, image_width=1200, image_height=900)
    late = Artwork.objects.get(pk=artwork.pk)
    before = stored_files()
    assert large_thumbnail(artwork).name
    assert large_thumbnail(late).size  # it did not know of the other one
    artwork.refresh_from_db()
    assert stored_files() - before == {artwork.large_thumbnail.name}


def test_a_work_deleted_meanwhile_leaves_no_file(alice: User, make_artwork: Make) -> None:
    artwork = make_artwork(alice, image_width=1200, image_height=900)
    before = stored_files()
    Artwork.objects.filter(pk=artwork.pk).delete()
    large_thumbnail(artwork)
    assert stored_files() == before


def test_saving_makes_both(alice: User, queue_photo) -> None:
    queue_photo(alice)
    job = job_lifecycle.claim("easel")
    painting = pictures.photo(1600, 1000)
    job.result_width, job.result_height, job.thumbnail_width, job.thumbnail_height = 1600, 1000, 480, 300
    job.result.save("", ContentFile(pictures.encoded(painting)), save=False)
    job.thumbnail.save("", ContentFile(pictures.encoded(painting.resize((480, 300)), "WEBP")), save=False)
    job_lifecycle.succeed(job)
    job.refresh_from_db()
    artwork = save_artwork(job)
    with artwork.large_thumbnail.open("rb") as file, Image.open(file) as image:
        assert (image.format, image.size) == ("WEBP", (960, 600))


def test_every_picture_says_its_size_and_only_what_is_seen_is_loaded(
    as_alice: Client, alice: User, make_artwork: Make
) -> None:
    artwork = make_artwork(alice, is_public=True, image_width=1920, image_height=1080)
    for address in ("/gallery/", "/gallery/mine/", "/styles/waves/", f"/gallery/{artwork.pk}/", "/gallery/albums/"):
        page = as_alice.get(address).content.decode()
        tags = re.findall(r"<img[^>]*>", page)
        assert tags
        for tag in tags:
            assert re.search(r'\swidth="\d+"', tag), tag
            assert re.search(r'\sheight="\d+"', tag), tag
    grid = [tag for tag in re.findall(r"<img[^>]*>", as_alice.get("/gallery/").content.decode()) if "thumbnail" in tag]
    for tag in grid:
        assert 'loading="lazy"' in tag
        assert "thumbnail/ 32w" in tag
        assert "thumbnail-large/ 960w" in tag
        assert "sizes=" in tag
