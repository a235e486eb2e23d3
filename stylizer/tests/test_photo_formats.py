"""Photos of every accepted format are taken in: upright, at their own size, with a copy every browser can show."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from mlcore.photo_formats import PHOTO_KINDS
from stylizer.models import Stylization
from stylizer.photo_validators import ACCEPTED_FORMATS, check_photo
from stylizer.tests import pictures

SIDEWAYS = {"JPEG", "PNG", "WEBP", "AVIF", "HEIF", "TIFF"}


def lying(image_format: str) -> bytes:
    """Return a photo of 60 × 90 pixels upright; it is stored lying where the format can say so."""
    upright = pictures.photo(60, 90)
    if image_format not in SIDEWAYS:
        return pictures.encoded(upright, image_format)
    exif = Image.Exif()
    exif[pictures.ORIENTATION] = 6
    return pictures.encoded(upright.transpose(Image.Transpose.ROTATE_90), image_format, exif=exif.tobytes())


@pytest.mark.parametrize("image_format", ACCEPTED_FORMATS)
def test_a_photo_of_every_format_is_queued(queue_photo: Callable[..., Stylization], alice: User, image_format) -> None:
    job = queue_photo(alice, lying(image_format), size=None)
    assert (job.photo.width, job.photo.height) == (60, 90)
    with job.photo.before.open("rb") as file, Image.open(file) as before:
        assert (before.format, before.size, before.mode) == ("JPEG", (60, 90), "RGB")
        difference = np.abs(np.asarray(before, dtype=float) - np.asarray(pictures.photo(60, 90), dtype=float)).mean()
    assert difference < 15


@pytest.mark.parametrize("image_format", ACCEPTED_FORMATS)
def test_the_copy_for_browsers_says_nothing_of_the_place(image_format) -> None:
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (52.0, 30.0, 12.34)}
    exif[0x010F] = "Maker"
    data = pictures.encoded(pictures.photo(60, 90), image_format, exif=exif.tobytes())
    before = check_photo(SimpleUploadedFile("p", data)).before
    assert before.info == {}
    copy = io.BytesIO()
    before.save(copy, "JPEG")
    assert b"Exif" not in copy.getvalue()
    assert b"Maker" not in copy.getvalue()


def test_the_form_and_the_page_name_what_is_accepted(as_alice: Client) -> None:
    page = as_alice.get("/studio/").content.decode()
    assert PHOTO_KINDS in page
    for kind in ("jpeg", "png", "webp", "avif", "heic", "tiff", "gif"):
        assert f"image/{kind}" in page
    assert ".heic" in page


def test_the_api_takes_a_heic(alices_program: Client, style) -> None:
    data = {"style": style.slug, "size": "64", "photo": SimpleUploadedFile("IMG_1.HEIC", lying("HEIF"), "image/heic")}
    assert alices_program.post("/api/v1/stylizations/", data).status_code == 202
