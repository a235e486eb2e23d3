"""Several at once: many photos in one style, one photo in many styles, as one batch that is all taken or not at all."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from stylizer import job_lifecycle
from stylizer.batch_zip import unique_names
from stylizer.deletion import delete_job
from stylizer.enqueue import enqueue_all
from stylizer.models import Batch, Photo, Style, Stylization
from stylizer.paint_choices import DEFAULTS
from stylizer.photo_intake import take_in
from stylizer.tests import pictures
from stylizer.tests.traces import named_files, stored_files, wake_messages

pytestmark = pytest.mark.django_db
Post = Callable[..., object]


def upload(name: str = "photo.jpg", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, pictures.jpeg() if content is None else content, "image/jpeg")


def batch_of(owner: User, style: Style, *names: str) -> Batch:
    jobs = enqueue_all(owner, [upload(name) for name in names], [], [style], DEFAULTS)
    assert jobs[0].batch is not None
    return jobs[0].batch


def paint_next(content: bytes | None = None) -> Stylization:
    """Paint the next in line, as a worker does, with a picture drawn by hand."""
    job = job_lifecycle.claim("easel")
    assert job is not None
    job.result_width, job.result_height, job.thumbnail_width, job.thumbnail_height = 64, 48, 64, 48
    job.result.save("", ContentFile(content or pictures.jpeg()), save=False)
    job.thumbnail.save("", ContentFile(pictures.encoded(pictures.photo(64, 48), "WEBP")), save=False)
    assert job_lifecycle.succeed(job)
    return job


def test_many_photos_in_one_style(
    as_alice: Client, alice: User, style: Style, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        response = as_alice.post(
            "/studio/", {"photo": [upload("a.jpg"), upload("b.jpg"), upload("c.jpg")], "style": "waves", "size": "256"}
        )
    batch = Batch.objects.get()
    assert response.url == f"/batches/{batch.pk}/"
    assert (batch.owner, batch.name) == (alice, "3 photos in Waves")
    jobs = Stylization.objects.filter(batch=batch).order_by("created_at")
    assert [(job.photo.name, job.style, job.size) for job in jobs] == [(f"{n}.jpg", style, 256) for n in "abc"]
    assert wake_messages() == 3
    page = as_alice.get(response.url).content.decode()
    assert "0 of 3 painted" in page
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        assert f">{name}</a>" in page


def test_one_photo_in_many_styles_is_stored_once(as_alice: Client, alice: User, style: Style, make_style) -> None:
    make_style("other")
    photo = take_in(alice, upload("me.jpg"))
    as_alice.post("/studio/", {"photo_id": [str(photo.pk)], "style": ["waves", "other"]})
    assert Batch.objects.get().name == "me.jpg in 2 styles"
    assert {(job.photo, job.style.slug) for job in Stylization.objects.all()} == {(photo, "waves"), (photo, "other")}
    assert Photo.objects.count() == 1


def test_uploaded_photos_keep_the_order_they_were_chosen_in(as_alice: Client, alice: User, style: Style) -> None:
    photos = [take_in(alice, upload(f"{name}.jpg")) for name in "abcd"]
    chosen = [photos[place] for place in (2, 0, 3, 1)]
    as_alice.post("/studio/", {"photo_id": [str(photo.pk) for photo in chosen], "style": "waves"})
    jobs = Stylization.objects.order_by("created_at").select_related("photo")
    assert [job.photo for job in jobs] == chosen


def test_one_bad_photo_refuses_all_and_is_named(as_alice: Client, style: Style, leaves_no_trace) -> None:
    with leaves_no_trace():
        response = as_alice.post(
            "/studio/", {"photo": [upload("good.jpg"), upload("bad.jpg", pictures.truncated_jpeg())], "style": "waves"}
        )
    assert response.status_code == 400
    assert "bad.jpg: This photo is damaged" in response.content.decode()
    assert not Batch.objects.exists()


@pytest.mark.parametrize("limit", [2, 3])
def test_the_limit_is_for_the_whole_batch(as_alice: Client, alice: User, style: Style, settings, limit: int) -> None:
    settings.EASEL_MAX_QUEUED_PER_USER = limit
    before = stored_files()
    response = as_alice.post("/studio/", {"photo": [upload(), upload(), upload()], "style": "waves"})
    if limit == 3:
        assert response.status_code == 302
        again = as_alice.post("/studio/", {"photo": [upload(), upload()], "style": "waves"})
        assert "3 of your photos are waiting already" in again.content.decode()
        assert Stylization.objects.count() == 3
    else:
        assert "These would be 3 paintings, and this server takes 2 at once" in response.content.decode()
        assert stored_files() == before
        assert not Stylization.objects.exists()


def test_the_quota_is_for_the_whole_batch(as_alice: Client, style: Style, settings, leaves_no_trace) -> None:
    settings.EASEL_QUOTA_BYTES = 2 * len(pictures.jpeg()) - 1
    with leaves_no_trace():
        response = as_alice.post("/studio/", {"photo": [upload(), upload()], "style": "waves"})
    assert response.status_code == 400
    assert "this server keeps for one person" in response.content.decode()


def test_photos_of_others_are_not_painted(
    as_charlie: Client, alice: User, charlie: User, style: Style, leaves_no_trace
) -> None:
    hers, his = take_in(alice, upload()), take_in(charlie, upload())
    with leaves_no_trace():
        response = as_charlie.post("/studio/", {"photo_id": [str(his.pk), str(hers.pk)], "style": "waves"})
    assert response.status_code == 400
    assert "A photo is not there any more." in response.content.decode()


def test_the_page_fills_in(as_alice: Client, alice: User, style: Style) -> None:
    batch = batch_of(alice, style, "a.jpg", "b.jpg")
    address = f"/batches/{batch.pk}/status/"
    assert f'hx-get="{address}"' in as_alice.get(address).content.decode()
    first = paint_next()
    second = job_lifecycle.claim("easel")
    assert second is not None
    job_lifecycle.renew(second, progress=40)
    page = as_alice.get(address).content.decode()
    assert "1 of 2 painted" in page
    assert f"/stylizations/{first.pk}/files/thumbnail/" in page
    assert "Painting, 40%" in page
    assert 'value="70"' in page, "half of it, and 40% of the other half"
    assert "1 of 2 · 2 photos in Waves – Easel" in page
    job_lifecycle.fail(second, "code", "It needs <b>too much</b> memory.")
    page = as_alice.get(address).content.decode()
    assert "hx-get" not in page
    assert "It needs &lt;b&gt;too much&lt;/b&gt; memory." in page
    assert "1 failed · 2 photos in Waves – Easel" in page


def test_cancelling_the_rest_keeps_what_is_painted(as_alice: Client, alice: User, style: Style, queue_photo) -> None:
    batch = batch_of(alice, style, "a.jpg", "b.jpg", "c.jpg")
    paint_next()
    job_lifecycle.claim("easel")
    alone = queue_photo(alice)
    response = as_alice.post(f"/batches/{batch.pk}/cancel/", follow=True)
    assert "2 cancelled." in response.content.decode()
    statuses = Stylization.objects.filter(batch=batch).order_by("created_at").values_list("status", flat=True)
    assert list(statuses) == ["succeeded", "cancelled", "cancelled"]
    alone.refresh_from_db()
    assert alone.status == "queued"


def test_trying_the_failed_again(
    as_alice: Client, alice: User, style: Style, django_capture_on_commit_callbacks
) -> None:
    batch = batch_of(alice, style, "a.jpg", "b.jpg", "c.jpg")
    paint_next()
    failed = job_lifecycle.claim("easel")
    assert failed is not None
    job_lifecycle.fail(failed, "code", "Reason.")
    with django_capture_on_commit_callbacks(execute=True):
        as_alice.post(f"/batches/{batch.pk}/retry/")
    failed.refresh_from_db()
    assert failed.status == "queued"
    assert wake_messages() == 1
    assert sorted(Stylization.objects.values_list("status", flat=True)) == ["queued", "queued", "succeeded"]


def zip_of(client: Client, batch: Batch) -> zipfile.ZipFile:
    response = client.get(f"/batches/{batch.pk}/download/")
    assert response.streaming
    content = response.getvalue()
    assert response.headers["Content-Length"] == str(len(content))
    assert response.headers["Content-Type"] == "application/zip"
    return zipfile.ZipFile(io.BytesIO(content))


def test_the_zip_has_what_is_painted(as_alice: Client, alice: User, style: Style) -> None:
    batch = batch_of(alice, style, "a.jpg", "a.jpg", "../../b/..%2f: *?.jpg", "gone.jpg", "waiting.jpg")
    content = [pictures.jpeg(16 + number, 16) for number in range(4)]
    jobs = [paint_next(one) for one in content]
    jobs[3].result.storage.delete(jobs[3].result.name)
    with zip_of(as_alice, batch) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["a–waves.jpg", "a–waves-2.jpg", "2f–waves.jpg"]
        assert [archive.read(name) for name in archive.namelist()] == content[:3]
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}


def test_names_in_the_zip_are_unique_where_case_makes_no_difference(style: Style) -> None:
    jobs = [
        Stylization(photo=Photo(name=name), style=style, result="x", format="PNG")
        for name in ("A.jpg", "a.jpg", "", "...", "a" * 90 + ".jpg")
    ]
    names = [name for name, _ in unique_names(jobs)]
    assert names[:4] == ["A–waves.png", "a–waves-2.png", "photo–waves.png", "photo–waves-2.png"]
    assert len(names[4]) < 80


def test_an_empty_zip_is_not_sent(as_alice: Client, alice: User, style: Style) -> None:
    batch = batch_of(alice, style, "a.jpg", "b.jpg")
    response = as_alice.get(f"/batches/{batch.pk}/download/", follow=True)
    assert "Nothing of it is painted yet." in response.content.decode()


def test_others_take_turns_with_a_batch(alice: User, charlie: User, style: Style, queue_photo) -> None:
    batch_of(alice, style, *(f"{number}.jpg" for number in range(6)))
    for _ in range(2):
        queue_photo(charlie)
    owners = [paint_next().owner for _ in range(4)]
    assert owners.count(charlie) == 2


def test_a_batch_goes_with_its_last_job(
    as_alice: Client, alice: User, style: Style, django_capture_on_commit_callbacks
) -> None:
    batch = batch_of(alice, style, "a.jpg", "b.jpg")
    for job in Stylization.objects.all():
        assert as_alice.get(f"/batches/{batch.pk}/").status_code == 200
        with django_capture_on_commit_callbacks(execute=True):
            delete_job(job)
    assert not Batch.objects.exists()
    assert stored_files() == named_files()


def test_the_page_takes_as_many_queries_however_many_there_are(
    as_alice: Client, alice: User, style: Style, django_assert_max_num_queries
) -> None:
    batch = batch_of(alice, style, *(f"{number}.jpg" for number in range(12)))
    as_alice.get(f"/batches/{batch.pk}/")
    with django_assert_max_num_queries(9):
        as_alice.get(f"/batches/{batch.pk}/")


def test_a_program_sends_several(alices_program: Client, program, charlie: User, style: Style, make_style) -> None:
    make_style("other")
    data = {"photo": [upload("a.jpg"), upload("b.jpg")], "style": ["waves", "other"], "size": "128"}
    response = alices_program.post("/api/v1/batches/", data)
    assert response.status_code == 202
    answer = response.json()
    assert len(answer["stylizations"]) == 4
    assert {job["size"] for job in answer["stylizations"]} == {128}
    assert alices_program.get(answer["url"]).json()["name"] == "2 photos in 2 styles"
    assert program(charlie).get(answer["url"]).status_code == 404
    for few, code in (
        ({"photo": [upload()], "style": "waves"}, "batch_too_small"),
        ({"style": "waves"}, "photo_missing"),
        ({"photo": [upload(), upload()]}, "style_unknown"),
    ):
        refusal = alices_program.post("/api/v1/batches/", few)
        assert (refusal.status_code, refusal.json()["error"]["code"]) == (400, code)
