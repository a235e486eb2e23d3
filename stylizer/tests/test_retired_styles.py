"""A style that is retired is not offered any more, and what was made with it stays and names it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from gallery.models import Artwork
from stylizer import job_lifecycle
from stylizer.enqueue import enqueue_all
from stylizer.models import Style, Stylization, Verb
from stylizer.paint_choices import DEFAULTS
from stylizer.rejections import Rejected
from stylizer.style_decisions import decide
from stylizer.tests import pictures


@pytest.fixture
def retire(bob: User) -> Callable[[Style], None]:
    return lambda style: decide(style, Verb.RETIRE, "The painter's heirs asked for it.", bob)


def test_it_is_offered_nowhere(as_alice: Client, alices_program: Client, anyone: Client, style: Style, retire) -> None:
    retire(style)
    assert "waves" not in as_alice.get("/studio/").content.decode()
    assert anyone.get("/api/v1/styles/").json()["results"] == []
    assert anyone.get("/api/v1/styles/waves/").status_code == 404
    assert f"/styles/{style.slug}/" not in anyone.get("/").content.decode()
    photo = SimpleUploadedFile("p.jpg", pictures.jpeg())
    answer = alices_program.post("/api/v1/stylizations/", {"photo": photo, "style": "waves"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "style_unknown"


def test_old_jobs_and_works_still_show_and_name_it(
    as_alice: Client, anyone: Client, alices_artwork: Artwork, alices_job: Stylization, style: Style, retire
) -> None:
    retire(style)
    for address in (alices_job.get_absolute_url(), alices_artwork.get_absolute_url()):
        page = as_alice.get(address)
        assert page.status_code == 200
        assert style.name in page.content.decode()
    page = anyone.get(reverse("gallery:style", args=[style.slug])).content.decode()
    assert "not offered any more" in page
    assert "?style=waves" not in page
    assert anyone.get(style.preview_url).getvalue(), "its picture may stand beside them"
    assert as_alice.get(f"/studio/?from={alices_job.pk}").status_code == 200


@pytest.mark.parametrize("verb", [Verb.RETIRE, Verb.UNPUBLISH])
def test_trying_an_old_job_again_is_refused_with_a_sentence(
    as_alice: Client, as_bob: Client, alice: User, bob: User, style: Style, queue_photo, verb: Verb
) -> None:
    job = queue_photo(alice)
    job_lifecycle.cancel(job)
    decide(style, verb, "Not any more.", bob)
    sentence = "The style Waves is not offered any more. Pick another style for this photo."
    with pytest.raises(Rejected, match="not offered any more"):
        job_lifecycle.try_again(job)
    page = as_alice.post(f"/stylizations/{job.pk}/retry/", follow=True).content.decode()
    assert sentence in page
    data = {"action": "try_jobs_again", "_selected_action": [str(job.pk)]}
    page = as_bob.post("/admin/stylizer/stylization/", data, follow=True).content.decode()
    assert sentence in page
    assert "0 queued again." in page
    job.refresh_from_db()
    assert job.status == "cancelled"


def test_trying_a_batch_again_says_so_too(as_alice: Client, alice: User, style: Style, make_style, retire) -> None:
    photo = SimpleUploadedFile("p.jpg", pictures.jpeg())
    batch = enqueue_all(alice, [photo], [], [style, make_style("other")], DEFAULTS)[0].batch
    Stylization.objects.update(status="failed")
    retire(style)
    assert batch is not None
    page = as_alice.post(f"/batches/{batch.pk}/retry/", follow=True).content.decode()
    assert "The style Waves is not offered any more." in page
    assert dict(Stylization.objects.values_list("style__slug", "status")) == {"waves": "failed", "other": "queued"}


def test_a_job_that_waits_already_is_still_painted(alice: User, noise: Style, queue_photo, retire) -> None:
    from stylizer.tasks import paint_next

    job = queue_photo(alice, style=noise)
    retire(noise)
    assert paint_next() == str(job.pk)
    job.refresh_from_db()
    assert job.status == "succeeded"
