"""What the camera noted: the owner's own download keeps it, without the place; nothing that others may see has any."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from PIL import Image

from gallery.models import Artwork
from stylizer.models import Style, Stylization
from stylizer.tasks import paint_next
from stylizer.tests import pictures

CAMERA, LENS, PLACE = b"Secret Camera", b"Secret Lens", b"Secret Village"
MAKE, LENS_MODEL, CAMERA_IFD, GPS_IFD, GPS_AREA = 0x010F, 0xA434, 0x8769, 0x8825, 0x001C


@pytest.fixture
def job(alice: User, noise: Style, queue_photo: Callable[..., Stylization]) -> Stylization:
    """A painting of a photo whose camera wrote much down."""
    exif = Image.Exif()
    exif[MAKE] = CAMERA.decode()
    exif[CAMERA_IFD] = {LENS_MODEL: LENS.decode()}
    exif[GPS_IFD] = {1: "N", 2: (52.0, 30.0, 12.0), GPS_AREA: PLACE}
    content = pictures.encoded(pictures.photo(64, 48), exif=exif)
    assert all(secret in content for secret in (CAMERA, LENS, PLACE))
    job = queue_photo(alice, content, style=noise)
    paint_next()
    job.refresh_from_db()
    assert job.status == "succeeded", job.error_detail
    return job


@pytest.mark.parametrize("image_format", ["jpeg", "png", "webp"])
def test_the_owners_download_keeps_the_camera_and_not_the_place(
    as_alice: Client, job: Stylization, image_format: str
) -> None:
    answer = as_alice.get(f"/stylizations/{job.pk}/finished/?format={image_format}&strength=0.5&download=1")
    with Image.open(io.BytesIO(answer.content)) as image:
        exif = image.getexif()
        assert exif[MAKE] == CAMERA.decode()
        assert exif.get_ifd(CAMERA_IFD)[LENS_MODEL] == LENS.decode()
        assert exif.get_ifd(GPS_IFD) == {}
    assert PLACE not in answer.content


def test_what_is_stored_shown_or_published_has_nothing_of_it(
    as_alice: Client, anyone: Client, alices_program: Client, job: Stylization, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        as_alice.post(f"/stylizations/{job.pk}/keep/", {"strength": "0.7", "format": "png"})
        as_alice.post(f"/gallery/save/{job.pk}/", {"strength": "0.6", "format": "webp"})
    artwork = Artwork.objects.get()
    as_alice.post(f"/gallery/{artwork.pk}/publish/", {"is_public": "1"})
    contents = {
        "shown to the owner": as_alice.get(f"/stylizations/{job.pk}/finished/?strength=0.5").content,
        "the API's": alices_program.get(f"/api/v1/stylizations/{job.pk}/result/").getvalue(),
        **{
            kind: as_alice.get(f"/stylizations/{job.pk}/files/{kind}/").getvalue()
            for kind in ("before", "result", "thumbnail")
        },
        **{
            f"public {kind}": anyone.get(f"/gallery/{artwork.pk}/files/{kind}/").getvalue()
            for kind in ("image", "thumbnail")
        },
    }
    job.refresh_from_db()
    for name, file in (("master", job.master), ("stored result", job.result), ("artwork", artwork.image)):
        with file.open("rb") as stream:
            contents[name] = stream.read()
    for name, content in contents.items():
        assert len(content) > 100, name
        for secret in (CAMERA, LENS, PLACE):
            assert secret not in content, (name, secret)
