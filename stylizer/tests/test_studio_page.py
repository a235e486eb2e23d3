"""The studio's form and its way to a job, without scripts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from stylizer.deletion import delete_job
from stylizer.enqueue import enqueue_photo
from stylizer.models import Style, Stylization
from stylizer.paint_choices import DEFAULTS
from stylizer.rejections import Rejected
from stylizer.tests import pictures
from stylizer.tests.traces import stored_files

Queue = Callable[..., Stylization]


def upload() -> SimpleUploadedFile:
    return SimpleUploadedFile("../../evil name.php", pictures.jpeg(), "text/html")


def test_the_studio_offers_the_published_styles_in_order(as_alice: Client, make_style: Callable[..., Style]) -> None:
    make_style("second", position=2)
    make_style("first", position=1)
    make_style("secret", position=0, is_published=False)
    response = as_alice.get("/studio/")
    assert [style.slug for style in response.context["styles"]] == ["first", "second"]
    page = response.content.decode()
    assert 'value="first"' in page
    assert "/styles/first/preview/" in page
    assert "secret" not in page
    assert 'enctype="multipart/form-data"' in page


def test_a_style_can_be_chosen_by_its_address(as_alice: Client, style: Style, make_style) -> None:
    make_style("other", position=1)
    form = as_alice.get("/studio/?style=waves").context["form"]
    assert form["style"].value() == "waves"


def test_a_studio_without_styles_says_so(as_alice: Client) -> None:
    assert "There is no style yet" in as_alice.get("/studio/").content.decode()


@pytest.mark.parametrize(
    ("sent", "size"),
    [({}, 512), ({"size": ""}, 512), ({"size": "640"}, 640), ({"size": "640", "size_mode": "original"}, None)],
)
def test_a_photo_becomes_a_queued_job(as_alice: Client, alice: User, style: Style, sent, size) -> None:
    response = as_alice.post("/studio/", {"photo": upload(), "style": "waves"} | sent)
    job = Stylization.objects.get()
    assert response.url == f"/stylizations/{job.pk}/"
    assert (job.owner, job.style, job.size, job.status) == (alice, style, size, "queued")
    assert (job.photo.width, job.photo.height) == (64, 48)
    with job.photo.file.open("rb") as file:
        assert file.read() == pictures.jpeg(), "the photo is kept as it was sent"


def test_the_name_of_an_upload_is_not_used(as_alice: Client, style: Style) -> None:
    as_alice.post("/studio/", {"photo": upload(), "style": "waves"})
    assert not [name for name in stored_files() if "evil" in name or "php" in name]


def test_another_style_for_an_earlier_photo(as_alice: Client, alice: User, queue_photo: Queue, make_style) -> None:
    earlier = queue_photo(alice)
    make_style("other")
    page = as_alice.get(f"/studio/?from={earlier.pk}")
    assert page.context["photo_from"] == earlier
    assert f"/photos/{earlier.photo_id}/before/" in page.content.decode()
    as_alice.post("/studio/", {"photo_from": str(earlier.pk), "style": "other", "size": "256"})
    again = Stylization.objects.exclude(pk=earlier.pk).get()
    assert (again.style.slug, again.size, again.owner) == ("other", 256, alice)
    assert again.photo == earlier.photo, "one upload serves them both"


def test_a_new_photo_wins_over_an_earlier_one(as_alice: Client, alice: User, queue_photo: Queue) -> None:
    earlier = queue_photo(alice)
    photo = SimpleUploadedFile("new.jpg", pictures.jpeg(30, 40))
    as_alice.post("/studio/", {"photo_from": str(earlier.pk), "photo": photo, "style": "waves"})
    again = Stylization.objects.exclude(pk=earlier.pk).get()
    assert (again.photo.width, again.photo.height) == (30, 40)


def test_an_earlier_photo_of_somebody_else_is_refused(
    alice: User, charlie: User, as_charlie: Client, queue_photo: Queue, style: Style, leaves_no_trace
) -> None:
    earlier = queue_photo(alice)
    with leaves_no_trace():
        assert as_charlie.get(f"/studio/?from={earlier.pk}").context["photo_from"] is None
        response = as_charlie.post("/studio/", {"photo_from": str(earlier.pk), "style": "waves"})
        assert response.status_code == 400
        assert str(earlier.pk) not in response.content.decode()
        with pytest.raises(Rejected) as refusal:
            enqueue_photo(charlie, earlier.photo_id, style, DEFAULTS)
    assert refusal.value.code == "photo_missing"


def test_an_earlier_photo_that_was_deleted(as_alice: Client, alice: User, queue_photo: Queue, style: Style) -> None:
    earlier = queue_photo(alice)
    delete_job(earlier)
    response = as_alice.post("/studio/", {"photo_from": str(earlier.pk), "style": "waves"})
    assert response.status_code == 400
    assert response.context["form"].errors["photo_from"]
    with pytest.raises(Rejected) as refusal:
        enqueue_photo(alice, earlier.photo_id, style, DEFAULTS)
    assert refusal.value.code == "photo_missing"


@pytest.mark.parametrize("value", ["nonsense", "", "00000000-0000-4000-8000-000000000000", "\x00"])
def test_addresses_with_nonsense_show_an_empty_studio(as_alice: Client, style: Style, value: str) -> None:
    response = as_alice.get("/studio/", {"from": value, "style": value})
    assert response.status_code == 200
    assert response.context["photo_from"] is None
