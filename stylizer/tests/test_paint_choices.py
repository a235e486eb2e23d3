"""What people choose about a painting, by what it does to the picture: through the form and through the API."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from numpy.typing import NDArray
from PIL import Image

from gallery.models import Artwork
from mlcore.painting_file import read_provenance
from stylizer.models import Style, Stylization
from stylizer.paint_choices import DEFAULTS
from stylizer.tasks import paint_next
from stylizer.tests import pictures
from stylizer.tests.test_api_documents import worker

PHOTO = pictures.photo(64, 48)
"""Uploaded without loss, so that what comes out can be computed."""

Fetch = Callable[..., bytes]


@pytest.fixture(params=["form", "API"])
def fetch(request: pytest.FixtureRequest, as_alice: Client, alices_program: Client, noise: Style) -> Fetch:
    """Return a function that has a photo painted with the given choices and returns the result's file."""

    def by_form(photo: Image.Image = PHOTO, **choices: str) -> bytes:
        upload = SimpleUploadedFile("p.png", pictures.encoded(photo, "PNG"))
        sent = as_alice.post("/studio/", {"photo": upload, "style": "noise", "size": "64"} | choices)
        assert sent.status_code == 302, sent.context["form"].errors
        paint_next()
        return as_alice.get(f"{sent.url}files/result/").getvalue()

    def by_api(photo: Image.Image = PHOTO, **choices: str) -> bytes:
        upload = SimpleUploadedFile("p.png", pictures.encoded(photo, "PNG"))
        if "stroke" in choices:
            choices["brush"] = str(2.0 ** float(choices.pop("stroke")))
        sent = alices_program.post("/api/v1/stylizations/", {"photo": upload, "style": "noise", "size": "64"} | choices)
        assert sent.status_code == 202, sent.json()
        paint_next()
        return alices_program.get(f"{sent.json()['url']}result/").getvalue()

    return by_form if request.param == "form" else by_api


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def pixels(image: Image.Image, mode: str = "RGB") -> NDArray[np.float64]:
    return np.asarray(image.convert(mode), dtype=np.float64)


def test_strength_goes_from_the_photo_to_the_painting(fetch: Fetch) -> None:
    none, half, full = (pixels(opened(fetch(format="png", strength=value))) for value in ("0", "0.5", "1"))
    assert (none == pixels(PHOTO)).all()
    assert np.abs(full - pixels(PHOTO)).mean() > 10
    assert np.abs(half - (none + full) / 2).max() <= 1
    assert (pixels(opened(fetch(format="png"))) == full).all(), "all of it, where nobody chooses"


def test_kept_colours_are_the_photos(fetch: Fetch) -> None:
    plain, kept = (pixels(opened(fetch(format="png", **more)), "YCbCr") for more in ({}, {"keep_colors": "on"}))
    photo = pixels(PHOTO, "YCbCr")
    to_photo, to_painting = np.abs(kept - photo).mean((0, 1)), np.abs(kept - plain).mean((0, 1))
    assert to_photo[1] + to_photo[2] < 0.2 * (to_painting[1] + to_painting[2]), "colour from the photo"
    assert to_painting[0] < 0.2 * to_photo[0], "lightness from the painting"


def test_a_broad_brush_is_smoother_at_the_same_size(fetch: Fetch) -> None:
    fine, usual, broad = (opened(fetch(format="png", stroke=value)) for value in ("-1", "0", "2"))
    assert fine.size == usual.size == broad.size == (64, 48)
    roughness = [np.abs(np.diff(pixels(image), axis=1)).mean() for image in (usual, broad)]
    assert roughness[1] < 0.8 * roughness[0]
    assert np.abs(pixels(fine) - pixels(usual)).mean() > 3


@pytest.mark.parametrize(
    ("chosen", "name", "kind"),
    [("jpeg", "JPEG", "image/jpeg"), ("png", "PNG", "image/png"), ("webp", "WEBP", "image/webp")],
)
def test_the_format_is_that_of_the_file_its_name_and_its_type_everywhere(
    fetch: Fetch, as_alice: Client, alices_program: Client, chosen: str, name: str, kind: str
) -> None:
    assert opened(fetch(format=chosen)).format == name
    job = Stylization.objects.get()
    suffix = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}[name]
    assert job.result.name.endswith(suffix)
    as_alice.post(f"/gallery/save/{job.pk}/")
    artwork = Artwork.objects.get()
    for client, address, begins in (
        (as_alice, f"/stylizations/{job.pk}/files/result/", "noise-"),
        (as_alice, f"/gallery/{artwork.pk}/files/image/", "noise"),
        (alices_program, f"/api/v1/stylizations/{job.pk}/result/", None),
    ):
        response = client.get(address)
        assert response.headers["Content-Type"] == kind
        assert opened(response.getvalue()).format == name
        if begins:
            response = client.get(address, {"download": "1"})
            assert response.getvalue()
            name_told = rf'attachment; filename="{begins}[0-9-]*\{suffix}"'
            assert re.fullmatch(name_told, response.headers["Content-Disposition"])


@pytest.mark.parametrize("chosen", ["jpeg", "webp"])
def test_less_quality_is_a_smaller_file(fetch: Fetch, chosen: str) -> None:
    low, high, usual = (len(fetch(format=chosen, **more)) for more in ({"quality": "20"}, {"quality": "95"}, {}))
    assert low < 0.7 * high
    assert usual == high


def test_what_shows_through_is_kept_where_the_format_can(fetch: Fetch) -> None:
    photo = PHOTO.copy()
    photo.putalpha(Image.linear_gradient("L").resize(photo.size))
    for chosen in ("png", "webp"):
        alpha = opened(fetch(photo, format=chosen)).getchannel("A")
        assert np.abs(np.asarray(alpha, dtype=float) - np.asarray(photo.getchannel("A"), dtype=float)).max() <= 2
    assert opened(fetch(photo, format="jpeg")).mode == "RGB"


def test_the_file_says_how_it_was_made(fetch: Fetch, noise: Style) -> None:
    record = read_provenance(fetch(format="webp", strength="0.75", stroke="1", keep_colors="1", quality="80"))
    assert record is not None
    assert (record.style, record.style_sha256) == ("Noise", noise.checkpoint_sha256)
    assert record.precision in {"float32", "float16", "int8"}
    chosen = {"size": 64, "strength": 0.75, "keep_colors": True, "brush": 2.0, "format": "WEBP", "quality": 80}
    assert record.options == chosen == Stylization.objects.get().options.as_dict()


def test_where_nobody_chooses_it_is_as_it_always_was(fetch: Fetch) -> None:
    fetch()
    job = Stylization.objects.get()
    assert job.options == DEFAULTS.__class__(size=64, quality=95)
    assert job.special_choices == []


def test_programs_are_told_what_was_chosen(alices_program: Client, alice: User, queue_photo) -> None:
    chosen = {"strength": 0.6, "keep_colors": True, "brush": 0.5, "format": "WEBP", "quality": 70}
    job = queue_photo(alice, **chosen)
    answer = alices_program.get(f"/api/v1/stylizations/{job.pk}/").json()
    assert {name: answer[name] for name in chosen} == chosen | {"format": "webp"}
    job = queue_photo(alice, format="PNG")
    assert alices_program.get(f"/api/v1/stylizations/{job.pk}/").json()["quality"] is None


@pytest.mark.django_db(transaction=True)
def test_the_documents_take_strength_and_colours_and_answer_with_a_jpeg(alices_program: Client, noise: Style) -> None:
    def ask(address: str, **choices: str):
        upload = SimpleUploadedFile("p.png", pictures.encoded(PHOTO, "PNG"))
        with worker(paint_next):
            return alices_program.post(address, {"file": upload, "style": "noise", "size": "64"} | choices)

    kind, _, encoded = ask("/stylize", strength="0", format="png", brush="9").json()["image"].partition(",")
    assert kind == "data:image/jpeg;base64"
    assert np.abs(pixels(opened(base64.b64decode(encoded))) - pixels(PHOTO)).mean() < 6
    response = ask("/stylize_download", strength="0.5", keep_colors="true")
    assert response.headers["Content-Disposition"] == 'attachment; filename="stylized.jpg"'
    assert opened(response.getvalue()).format == "JPEG"
    job = Stylization.objects.order_by("created_at").last()
    assert (job.strength, job.keep_colors, job.brush) == (0.5, True, 1.0)


UNUSUAL = {"strength": 0.6, "keep_colors": True, "brush": 2.0, "format": "WEBP", "quality": 70}
SAID = ("60%", "the photo’s own", "2× broader", "WebP, quality 70")


def test_pages_show_what_was_chosen_and_say_nothing_of_the_rest(
    as_alice: Client, anyone: Client, as_charlie: Client, alice: User, queue_photo, finish
) -> None:
    for chosen, said in ((UNUSUAL, True), ({}, False)):
        job = finish(queue_photo(alice, **chosen))
        as_alice.post(f"/gallery/save/{job.pk}/")
        artwork = Artwork.objects.get(stylization=job)
        artwork.is_public = True
        artwork.save()
        job.delete()
        shown = [
            as_alice.get(f"/gallery/{artwork.pk}/").content.decode(),
            anyone.get(f"/gallery/{artwork.pk}/").content.decode(),
        ]
        job = finish(queue_photo(alice, **chosen))
        shown.append(as_alice.get(f"/stylizations/{job.pk}/").content.decode())
        for page in shown:
            assert [text in page for text in SAID] == [said] * 4
        history = as_alice.get("/stylizations/").content.decode()
        assert ("60% · own colours · 2× broader · WebP 70" in history) is said
        assert as_charlie.get(f"/stylizations/{job.pk}/").status_code == 404
        assert "60%" not in as_charlie.get("/stylizations/").content.decode()
        Stylization.objects.all().delete()


def test_again_keeps_every_choice(as_alice: Client, as_charlie: Client, alice: User, queue_photo, make_style) -> None:
    make_style("first", position=0)
    earlier = queue_photo(alice, size=None, **UNUSUAL)
    response = as_alice.get(f"/studio/?from={earlier.pk}")
    form = response.context["form"]
    assert '<details class="finer" open>' in response.content.decode()
    names = ("style", "size_mode", "size", "strength", "keep_colors", "stroke", "format", "quality")
    sent = {name: str(form[name].value()) for name in names}
    as_alice.post("/studio/", sent | {"photo_from": str(earlier.pk)})
    again = Stylization.objects.exclude(pk=earlier.pk).get()
    assert (again.options, again.style) == (earlier.options, earlier.style)
    other = as_alice.get(f"/studio/?from={earlier.pk}&style=first").context["form"]
    assert (other["style"].value(), other["strength"].value()) == ("first", 0.6), "the style that was asked for wins"

    theirs = as_charlie.get(f"/studio/?from={earlier.pk}")
    assert theirs.context["form"]["strength"].value() == 1.0, "what Alice chose is hers to know"
    assert '<details class="finer" >' in theirs.content.decode()


def test_a_style_that_is_gone_is_not_chosen_again(as_alice: Client, alice: User, queue_photo, make_style) -> None:
    retired = make_style("retired")
    earlier = queue_photo(alice, style=retired)
    Style.objects.filter(pk=retired.pk).update(is_published=False)
    page = as_alice.get(f"/studio/?from={earlier.pk}")
    assert page.context["form"]["style"].value() is None
    assert page.content.decode().count('value="waves"') == 1
