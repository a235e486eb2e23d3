"""The catalog's administration: words, standing with reasons, files that several styles share, and who may."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from stylizer.models import Style, StyleDecision, Stylization, Verb
from stylizer.rejections import Rejected
from stylizer.style_decisions import decide
from stylizer.tests import pictures
from stylizer.tests.catalog_pages import ADD, change, send
from stylizer.tests.traces import stored_files

STYLES = "/admin/stylizer/style/"


def decide_address(style: Style) -> str:
    return f"{STYLES}{style.pk}/decide/"


def test_changing_the_words_keeps_the_files(as_bob: Client, style: Style) -> None:
    before, files = Style.objects.values().get(), stored_files()
    assert send(as_bob, change(style), None, name="Sea", position="7", is_featured="on").status_code == 302
    words = {"name": "Sea", "position": 7, "licence": "CC0", "is_featured": True}
    assert Style.objects.values().get() == before | words
    assert stored_files() == files


def test_a_licence_is_required(as_bob: Client, style: Style) -> None:
    response = send(as_bob, change(style), None, licence="")
    assert response.context["adminform"].form.errors.keys() == {"licence"}


def test_order_and_featured_from_the_list(as_bob: Client, style: Style) -> None:
    data = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": str(style.pk), "_save": "Save"}
    assert as_bob.post(STYLES, data | {"form-0-position": "5", "form-0-is_featured": "on"}).status_code == 302
    style.refresh_from_db()
    assert (style.is_published, style.position, style.is_featured) == (True, 5, True)


def test_a_style_image_may_follow(as_bob: Client, style: Style) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    image = SimpleUploadedFile("a.jpg", pictures.sideways_jpeg(80, 40))
    assert send(as_bob, change(style), None, style_image_upload=image).status_code == 302
    style.refresh_from_db()
    assert style.style_image.name in stored_files()
    with style.style_image.open("rb") as file:
        assert b"Exif" not in file.read(), "re-encoded"


def test_every_change_of_standing_needs_a_reason_and_keeps_it(
    as_bob: Client, bob: User, anyone: Client, style: Style
) -> None:
    page = as_bob.get(change(style)).content.decode()
    assert "?verb=unpublish" in page
    assert "?verb=retire" in page
    assert "?verb=publish" not in page
    for verb, standing in (
        ("unpublish", "unpublished"),
        ("publish", "published"),
        ("retire", "retired"),
        ("restore", "unpublished"),
    ):
        assert as_bob.get(decide_address(style), {"verb": verb}).status_code == 200
        silent = as_bob.post(decide_address(style), {"verb": verb, "reason": " "})
        assert silent.status_code == 400
        assert as_bob.post(decide_address(style), {"verb": verb, "reason": f"Because of {verb}."}).status_code == 302
        style.refresh_from_db()
        assert style.standing == standing
    decisions = list(StyleDecision.objects.order_by("pk").values_list("verb", "reason", "decided_by"))
    assert decisions == [
        (verb, f"Because of {verb}.", bob.pk) for verb in ("unpublish", "publish", "retire", "restore")
    ]
    assert "Because of retire." in as_bob.get(change(style)).content.decode()
    assert anyone.get(f"/styles/{style.slug}/preview/").status_code == 404


def test_what_cannot_be_decided_now_is_said(as_bob: Client, style: Style) -> None:
    response = as_bob.post(decide_address(style), {"verb": "publish", "reason": "Again."})
    assert response.status_code == 400
    assert "Waves is published, so it cannot be published." in response.content.decode()
    for verb in ("", "quarantine", "delete"):
        assert as_bob.get(decide_address(style), {"verb": verb}).status_code == 404
    assert not StyleDecision.objects.exists()


def test_staff_may_publish_from_quarantine(style: Style, bob: User) -> None:
    decide(style, Verb.UNPUBLISH, "Dots.", bob)
    decide(style, Verb.QUARANTINE, "A lattice.")
    assert style.standing == "quarantined"
    decide(style, Verb.RETIRE, "Not wanted.", bob)
    decide(style, Verb.RESTORE, "Wanted.", bob)
    assert style.standing == "quarantined", "as before"
    decide(style, Verb.PUBLISH, "The lattice is meant.", bob)
    assert (style.standing, style.quarantine_reason) == ("published", "")
    with pytest.raises(Rejected, match="cannot be quarantined"):
        decide(style, Verb.QUARANTINE, "No.")


@pytest.mark.parametrize("values", [{"quarantine_reason": "A lattice."}, {"retired_at": "2026-01-01T00:00Z"}])
def test_the_database_knows_no_style_that_is_both(style: Style, values: dict[str, str]) -> None:
    with pytest.raises(IntegrityError):
        Style.objects.update(**values)


def test_only_what_was_named_before_is_deleted_with_a_style(
    as_bob: Client, make_style: Callable[..., Style], django_capture_on_commit_callbacks
) -> None:
    one, twin = make_style("one"), make_style("two")
    assert one.checkpoint.name == twin.checkpoint.name, "identical files are stored once"
    for style, left in ((one, 2), (twin, 0)):
        with django_capture_on_commit_callbacks(execute=True):
            assert as_bob.post(f"{STYLES}{style.pk}/delete/", {"post": "yes"}).status_code == 302
        assert not Style.objects.filter(pk=style.pk).exists()
        assert len(stored_files()) == left


def test_a_style_with_paintings_cannot_be_deleted(as_bob: Client, style: Style, alices_job: Stylization) -> None:
    for address, data in (
        (f"{STYLES}{style.pk}/delete/", {"post": "yes"}),
        (STYLES, {"action": "delete_selected", "_selected_action": str(style.pk), "post": "yes"}),
    ):
        assert as_bob.post(address, data).status_code in (200, 302, 403)
        assert Style.objects.filter(pk=style.pk).exists()
    alices_job.refresh_from_db()
    assert alices_job.status == "succeeded"


def test_usage_failures_and_timings_are_shown(
    as_bob: Client, alice: User, style: Style, alices_job, queue_photo
) -> None:
    Stylization.objects.filter(pk=alices_job.pk).update(seconds=0.5)
    Stylization.objects.filter(pk=queue_photo(alice).pk).update(status="failed", error_detail="No memory.")
    Style.objects.update(ms_per_megapixel=812.4, mb_per_megapixel=233.1, engine="native", precision="float32")
    row = as_bob.get(STYLES).content.decode()
    assert "50%" in row
    assert "812 ms, 233 MB" in row
    page = " ".join(as_bob.get(change(style)).content.decode().split())
    assert "<strong>2</strong> paintings by 1 person, 1 failed (50%)" in page
    pixels = alices_job.painted_pixels / 1e6
    assert f"Median {0.5 / pixels:.2f} s a megapixel" in page


def test_queries_do_not_grow_with_the_catalog(as_bob: Client, make_style: Callable[..., Style]) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as context:
            assert as_bob.get(STYLES).status_code == 200
        return len(context)

    make_style("first")
    for standing in ("published", "unpublished", "quarantined", "retired", "nonsense"):
        page = as_bob.get(STYLES, {"standing": standing}).content.decode()
        assert ("First" in page) is (standing in ("published", "nonsense"))
    queries()
    few = queries()
    for number in range(5):
        make_style(f"more-{number}")
    assert queries() == few


def test_staff_may_only_what_they_were_given(browser: Callable[[User], Client], style: Style) -> None:
    clerk = User.objects.create_user("clerk", is_staff=True)
    client = browser(clerk)
    assert client.get("/admin/").status_code == 200
    picture, measure = f"{STYLES}{style.pk}/picture/", f"{STYLES}{style.pk}/measure/"
    for address in (STYLES, ADD, picture, decide_address(style)):
        assert client.get(address).status_code == 403, address
    clerk.user_permissions.add(Permission.objects.get(codename="view_style"))
    client = browser(User.objects.get(pk=clerk.pk))
    assert client.get(change(style)).status_code == 200
    assert client.get(picture).getvalue()
    assert send(client, change(style), None, name="Mine").status_code == 403
    assert client.post(measure).status_code == 403
    assert client.post(decide_address(style), {"verb": "retire", "reason": "Mine."}).status_code == 403
    style.refresh_from_db()
    assert (style.name, style.standing) == ("Waves", "published")
