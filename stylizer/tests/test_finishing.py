"""Finishing a painting anew: what comes out, for whom, and what happens when two do it at once."""

from __future__ import annotations

import io
import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from PIL import Image

from gallery.models import Artwork
from gallery.saving import save_artwork
from mlcore.keep_colors import keep_colors
from mlcore.painting_file import read_provenance
from stylizer import finishing
from stylizer.finishing import chosen_finishing, finish_again, keep_finishing
from stylizer.models import Style, Stylization
from stylizer.rejections import Rejected
from stylizer.tasks import paint_next
from stylizer.tests import pictures
from stylizer.tests.traces import named_files, stored_files

Queue = Callable[..., Stylization]


def address(job: Stylization, **choices: object) -> str:
    query = "&".join(f"{name}={value}" for name, value in choices.items())
    return f"/stylizations/{job.pk}/finished/?{query}"


def pixels(content: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image.convert("RGB"))


@pytest.fixture
def lossless_job(alice: User, queue_photo: Queue, finish) -> Stylization:
    """A painted job whose photo came as PNG, so that every value of the result can be told beforehand."""
    return finish(queue_photo(alice, pictures.encoded(pictures.photo(64, 48), "PNG"), format="PNG"))


@pytest.mark.django_db
@pytest.mark.parametrize("brush", [1, 2])
def test_a_rendering_is_to_the_byte_what_painting_with_these_choices_makes(
    alice: User, as_alice: Client, noise: Style, queue_photo: Queue, brush: float
) -> None:
    plain = queue_photo(alice, style=noise, brush=brush)
    paint_next()
    for strength, kept, image_format in ((0.35, True, "WEBP"), (0.0, False, "PNG"), (0.8, False, "JPEG")):
        chosen = {"strength": strength, "keep_colors": kept, "format": image_format, "quality": 77}
        painted = queue_photo(alice, style=noise, brush=brush, **chosen)
        assert paint_next() == str(painted.pk)
        painted.refresh_from_db()
        answer = as_alice.get(address(plain, **chosen))
        assert answer.status_code == 200
        with painted.result.open("rb") as file:
            assert answer.content == file.read()


def test_strength_and_colours_are_what_they_say(as_alice: Client, lossless_job: Stylization) -> None:
    photo, painting = np.asarray(pictures.photo(64, 48)), np.asarray(pictures.painting(64, 48))
    for strength, kept in itertools.product((0, 0.4, 1), (False, True)):
        answer = as_alice.get(address(lossless_job, strength=strength, keep_colors=str(kept).lower()))
        coloured = keep_colors(painting, photo) if kept else painting
        expected = coloured * strength + photo * (1.0 - strength)
        assert np.abs(pixels(answer.content) - expected).max() <= 0.501, (strength, kept)


def test_what_the_query_does_not_name_is_as_the_job_has_it(as_alice: Client, alice: User, queue_photo, finish) -> None:
    job = finish(queue_photo(alice, strength=0.5, keep_colors=True, format="WEBP", quality=61))
    recorded = read_provenance(as_alice.get(address(job)).content)
    assert recorded.options == job.options.as_dict()
    recorded = read_provenance(as_alice.get(address(job, quality=62)).content)
    assert recorded.options == job.options.as_dict() | {"quality": 62}


def test_a_rendering_says_how_it_was_made(as_alice: Client, alice: User, noise: Style, queue_photo) -> None:
    job = queue_photo(alice, style=noise)
    paint_next()
    job.refresh_from_db()
    with job.result.open("rb") as file:
        at_first = read_provenance(file.read())
    assert at_first.engine
    for image_format in ("jpeg", "png", "webp"):
        made = read_provenance(as_alice.get(address(job, strength=0.25, format=image_format)).content)
        assert (made.style, made.style_sha256) == (noise.name, noise.checkpoint_sha256)
        assert (made.engine, made.precision, made.version) == (at_first.engine, at_first.precision, at_first.version)
        assert (made.options["strength"], made.options["format"]) == (0.25, image_format.upper())


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"strength": "1.5"}, "The strength must be a number from 0"),
        ({"strength": "nan"}, "The strength must be a number from 0"),
        ({"keep_colors": "perhaps"}, "Keeping the colours must be true or false."),
        ({"format": "gif"}, "The format must be jpeg, png or webp."),
        ({"quality": "0"}, "The quality must be a whole number from 1 to 100."),
    ],
)
def test_a_choice_that_cannot_be_is_refused_with_its_reason(
    as_alice: Client, alices_job: Stylization, choice: dict[str, str], sentence: str
) -> None:
    answer = as_alice.get(address(alices_job, **choice))
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert answer.content.decode().startswith(sentence)
    files = stored_files()
    response = as_alice.post(f"/stylizations/{alices_job.pk}/keep/", choice, follow=True)
    assert sentence in response.content.decode()
    kept = Stylization.objects.get()
    assert (kept.options, kept.result.name) == (alices_job.options, alices_job.result.name)
    assert stored_files() == files


def test_what_the_browser_has_already_is_not_computed_again(
    as_alice: Client, alices_job: Stylization, monkeypatch
) -> None:
    first = as_alice.get(address(alices_job, strength=0.5))
    assert first.headers["Cache-Control"] == "private, max-age=3600"
    etags = {first.headers["ETag"]}
    for other in ({"strength": 0.6}, {"strength": 0.5, "keep_colors": "true"}, {"strength": 0.5, "download": 1}):
        etags.add(as_alice.get(address(alices_job, **other)).headers["ETag"])
    assert len(etags) == 4
    monkeypatch.setattr("stylizer.result_views.finish_again", lambda *_, **__: pytest.fail("it was computed"))
    again = as_alice.get(address(alices_job, strength=0.5), headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_nobody_else_gets_a_rendering_even_with_its_etag(
    as_alice: Client, as_charlie: Client, anyone: Client, alices_job: Stylization
) -> None:
    etag = as_alice.get(address(alices_job)).headers["ETag"]
    assert as_charlie.get(address(alices_job), headers={"If-None-Match": etag}).status_code == 404
    assert anyone.get(address(alices_job), headers={"If-None-Match": etag}).status_code == 302
    before = Stylization.objects.values().get()
    assert as_charlie.post(f"/stylizations/{alices_job.pk}/keep/", {"strength": "0"}).status_code == 404
    assert anyone.post(f"/stylizations/{alices_job.pk}/keep/", {"strength": "0"}).status_code == 302
    assert Stylization.objects.values().get() == before


def test_keeping_makes_the_choices_the_jobs_own(
    as_alice: Client, alices_job: Stylization, django_capture_on_commit_callbacks
) -> None:
    chosen = {"strength": "0.3", "keep_colors": "true", "format": "webp", "quality": "70"}
    expected = as_alice.get(address(alices_job, **chosen)).content
    before = alices_job.result.name
    with django_capture_on_commit_callbacks(execute=True):
        response = as_alice.post(f"/stylizations/{alices_job.pk}/keep/", chosen, follow=True)
    assert "Kept: this is your painting now." in response.content.decode()
    alices_job.refresh_from_db()
    assert (alices_job.strength, alices_job.keep_colors, alices_job.format, alices_job.quality) == (
        0.3,
        True,
        "WEBP",
        70,
    )
    assert alices_job.lease_token is None
    assert alices_job.result.name != before
    assert alices_job.result.name.endswith(".webp")
    with alices_job.result.open("rb") as file:
        assert file.read() == expected
    with alices_job.thumbnail.open("rb") as file:
        assert np.abs(pixels(file.read()).astype(int) - pixels(expected)).mean() < 8
    assert stored_files() == named_files(), "the earlier result is gone"
    # From the same master, so nothing is lost by having kept something else meanwhile.
    again = as_alice.get(address(alices_job, strength=1, keep_colors="false", format="png"))
    assert np.array_equal(pixels(again.content), np.asarray(pictures.painting(64, 48)))


def test_keeping_what_is_kept_already_changes_nothing(as_alice: Client, alices_job: Stylization) -> None:
    before = Stylization.objects.values().get(), stored_files()
    as_alice.post(f"/stylizations/{alices_job.pk}/keep/", {"strength": "1"})
    assert (Stylization.objects.values().get(), stored_files()) == before


def test_saving_to_the_gallery_takes_the_finishing_as_chosen(
    as_alice: Client, alices_job: Stylization, django_capture_on_commit_callbacks
) -> None:
    chosen = {"strength": "0.45", "keep_colors": "false", "format": "png", "quality": "95"}
    with django_capture_on_commit_callbacks(execute=True):
        as_alice.post(f"/gallery/save/{alices_job.pk}/", chosen)
    artwork = Artwork.objects.get()
    assert (artwork.strength, artwork.format, artwork.image.name[-4:]) == (0.45, "PNG", ".png")
    with artwork.image.open("rb") as file:
        assert file.read() == as_alice.get(address(alices_job, **chosen)).content


def test_saving_with_a_choice_that_cannot_be_saves_nothing(as_alice: Client, alices_job: Stylization) -> None:
    response = as_alice.post(f"/gallery/save/{alices_job.pk}/", {"strength": "2"}, follow=True)
    assert "The strength must be a number" in response.content.decode()
    assert not Artwork.objects.exists()


def test_an_older_result_has_no_master_and_says_so(as_alice: Client, alices_job: Stylization) -> None:
    Stylization.objects.update(master="")
    page = as_alice.get(f"/stylizations/{alices_job.pk}/").content.decode()
    assert "painted before Easel kept unfinished paintings" in page
    assert 'name="strength"' not in page
    assert f"/stylizations/{alices_job.pk}/files/result/?download=1" in page
    answer = as_alice.get(address(alices_job, strength=0.5))
    assert answer.status_code == 409
    assert answer.content == b"Only a painting that was stored unfinished can be finished anew."
    as_alice.post(f"/gallery/save/{alices_job.pk}/", {"strength": "0.5"})
    assert Artwork.objects.get().strength == 1


def test_a_job_that_is_not_done_has_nothing_to_finish(as_alice: Client, alice: User, queue_photo) -> None:
    assert as_alice.get(address(queue_photo(alice))).status_code == 409


@pytest.mark.parametrize("damage", ["master", "photo"])
def test_a_file_that_was_damaged_since_is_told_and_not_a_fault_of_the_server(
    as_alice: Client, alices_job: Stylization, damage: str
) -> None:
    damaged = alices_job.master if damage == "master" else alices_job.photo.file
    with damaged.open("wb") as file:
        file.write(b"damaged")
    answer = as_alice.get(address(alices_job, strength=0.5))
    assert (answer.status_code, answer.content[:19]) == (409, b"The stored painting")


def test_a_format_that_cannot_hold_the_painting_is_refused_before_anything_is_opened(
    as_alice: Client, alice: User, queue_photo, finish
) -> None:
    job = finish(queue_photo(alice, pictures.encoded(Image.new("RGB", (16_400, 2), "teal"), "PNG"), size=None))
    answer = as_alice.get(address(job, format="webp"))
    assert answer.status_code == 400
    assert "Choose PNG" in answer.content.decode()
    assert as_alice.get(address(job, format="png", strength=0.5)).status_code == 200


def test_who_waits_too_long_for_the_others_is_told(as_alice: Client, alices_job: Stylization, monkeypatch) -> None:
    monkeypatch.setattr(finishing, "_PATIENCE", 0.01)
    with finishing._turn:
        answer = as_alice.get(address(alices_job, strength=0.5))
    assert (answer.status_code, answer.content[:18]) == (503, b"The server is busy")
    assert as_alice.get(address(alices_job, strength=0.5)).status_code == 200


def test_transparency_comes_back_in_png(as_alice: Client, alice: User, queue_photo, finish) -> None:
    photo = pictures.photo(64, 48)
    photo.putalpha(Image.linear_gradient("L").resize((64, 48)))
    job = finish(queue_photo(alice, pictures.encoded(photo, "PNG")))
    with Image.open(io.BytesIO(as_alice.get(address(job, format="png", strength=0.5)).content)) as image:
        assert np.array_equal(np.asarray(image.getchannel("A")), np.asarray(photo.getchannel("A")))
    with Image.open(io.BytesIO(as_alice.get(address(job, format="jpeg", strength=0.5)).content)) as image:
        assert image.mode == "RGB"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("strengths", [(0.2, 0.4, 0.6), (0.5, 0.5, 0.5)], ids=["different", "the same"])
def test_of_those_who_keep_at_the_same_moment_one_wins_and_no_file_is_left(
    alices_job: Stylization, strengths: tuple[float, ...]
) -> None:
    start = threading.Barrier(3, timeout=60)

    def keep(strength: float) -> float | str:
        try:
            job = Stylization.objects.select_related("style", "owner").get()
            options = chosen_finishing(job, {"strength": strength})
            start.wait()
            keep_finishing(job, options)
            return strength
        except Rejected as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as threads:
        outcomes = list(threads.map(keep, strengths))
    kept = [outcome for outcome in outcomes if outcome != "changed_meanwhile"]
    job = Stylization.objects.get()
    assert job.strength in kept
    assert len(kept) == (3 if len(set(strengths)) == 1 else 1)
    with job.result.open("rb") as file:
        assert read_provenance(file.read()).options["strength"] == job.strength
    assert stored_files() == named_files()


def test_keeping_what_was_deleted_meanwhile_leaves_no_file(
    as_alice: Client, alices_job: Stylization, django_capture_on_commit_callbacks, monkeypatch
) -> None:
    options = chosen_finishing(alices_job, {"strength": 0.5})
    job = Stylization.objects.select_related("style").get()

    def delete_then_finish(*arguments: object) -> finishing.Finished:
        finished = finish_again(*arguments)
        with django_capture_on_commit_callbacks(execute=True):
            as_alice.post(f"/stylizations/{alices_job.pk}/delete/")
        return finished

    monkeypatch.setattr(finishing, "finish_again", delete_then_finish)
    with pytest.raises(Rejected, match="changed or deleted"):
        keep_finishing(job, options)
    assert stored_files() == named_files()


def test_a_saved_artwork_stays_as_it_was_saved(
    as_alice: Client, alices_job: Stylization, django_capture_on_commit_callbacks
) -> None:
    artwork = save_artwork(alices_job)
    with artwork.image.open("rb") as file:
        saved = file.read()
    with django_capture_on_commit_callbacks(execute=True):
        as_alice.post(f"/stylizations/{alices_job.pk}/keep/", {"strength": "0.5"})
    with artwork.image.open("rb") as file:
        assert file.read() == saved
