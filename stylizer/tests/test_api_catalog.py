"""The catalog by the API: for staff with a token for it, and for nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import ApiToken
from stylizer.models import Style, StyleIntake, Stylization, Verb
from stylizer.style_decisions import decide
from stylizer.tasks import take_in_next
from stylizer.tests import pictures
from stylizer.tests.catalog_pages import UDNIE, saved
from stylizer.tests.traces import stored_files

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("one_transaction")]
STYLES, INTAKES = "/api/v1/catalog/styles/", "/api/v1/catalog/intakes/"
WORDS = {"slug": "udnie", "name": "Udnie", "licence": "public domain"}


def with_scopes(user: User, *scopes: str) -> Client:
    _, token = ApiToken.issue(user, days=1, scopes=scopes)
    return Client(headers={"authorization": f"Token {token}"})


@pytest.fixture
def staff(bob: User) -> Client:
    """A program of Bob's that may administer."""
    return with_scopes(bob, "read", "write", "admin")


def send(client: Client, method: str, address: str, **body: Any) -> Any:
    return getattr(client, method)(address, body, content_type="application/json")


def upload(client: Client, content: bytes, address: str = INTAKES, **fields: Any) -> Any:
    words = WORDS if address == INTAKES else {}
    return client.post(address, words | {"checkpoint": SimpleUploadedFile("udnie.pth", content)} | fields)


def code(response: Any) -> str:
    return str(response.json()["error"]["code"])


def test_a_checkpoint_is_uploaded_followed_and_published(staff: Client, anyone: Client, bob: User) -> None:
    image = SimpleUploadedFile("painting.png", pictures.encoded(pictures.photo(60, 40), "PNG"))
    response = upload(staff, UDNIE.read_bytes(), artist="Picabia", position="7", is_featured="true", style_image=image)
    assert response.status_code == 202, response.json()
    told = response.json()
    assert (told["state"], told["step"], told["kind"], told["requested_by"]) == ("queued", "waiting", "new", "bob")
    assert (told["name"], told["style"], told["upload_name"]) == ("Udnie", None, "udnie.pth")
    address = response.headers["Location"]
    assert take_in_next() == told["id"]
    told = staff.get(address).json()
    assert (told["state"], told["percent"], told["faults"], told["style"]) == ("done", 100, [], "udnie")
    assert told["reason"] == "Every check was passed; the style is published."
    style = staff.get(told["style_url"]).json()
    assert (style["standing"], style["artist"], style["position"], style["is_featured"]) == (
        "published",
        "Picabia",
        7,
        True,
    )
    assert style["ms_per_megapixel"] > 0
    assert style["artefacts"].keys() == {"saturated", "channel_deviation", "checkerboard"}
    (decision,) = staff.get(f"{told['style_url']}decisions/").json()
    assert (decision["verb"], decision["decided_by"]) == ("publish", "bob")
    assert anyone.get("/api/v1/styles/udnie/").status_code == 200
    again = upload(staff, UDNIE.read_bytes(), slug="other")
    take_in_next()
    told = staff.get(again.headers["Location"]).json()
    assert (told["state"], told["reason_code"]) == ("refused", "style_known")


def test_what_is_found_wrong_is_told(staff: Client) -> None:
    response = upload(staff, saved({"weights": 1}))
    take_in_next()
    told = staff.get(response.headers["Location"]).json()
    assert told["state"] == "refused"
    assert told["reason_code"]
    assert told["reason"]
    assert not Style.objects.exists()
    assert stored_files() == set()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"slug": "waves"}, "slug"),
        ({"slug": "no slug"}, "slug"),
        ({"slug": "a\0b"}, "slug"),
        ({"name": ""}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"licence": ""}, "licence"),
        ({"position": "-1"}, "position"),
        ({"position": "99999999999"}, "position"),
        ({"publish": "perhaps"}, "publish"),
        ({"checkpoint": "no file"}, "checkpoint"),
        ({"style_image": SimpleUploadedFile("a.png", b"no picture")}, "style_image"),
    ],
)
def test_uploads_that_are_refused_at_once(fields: dict[str, Any], field: str, staff: Client, style: Style) -> None:
    before = stored_files()
    response = upload(staff, b"anything", **fields)
    assert response.status_code == (409 if fields == {"slug": "waves"} else 400)
    assert list(response.json()["error"]["fields"]) == [field]
    assert (StyleIntake.objects.count(), stored_files()) == (0, before)


def test_a_slug_is_promised_once(staff: Client) -> None:
    assert upload(staff, b"one").status_code == 202
    response = upload(staff, b"two")
    assert (response.status_code, list(response.json()["error"]["fields"])) == (409, ["slug"])


def test_a_checkpoint_that_is_too_large_is_refused(staff: Client, style: Style, monkeypatch) -> None:
    monkeypatch.setattr("stylizer.checkpoint_intake.MAX_CHECKPOINT_BYTES", 10)
    response = upload(staff, b"x" * 11)
    assert list(response.json()["error"]["fields"]) == ["checkpoint"]
    assert code(upload(staff, b"x" * 11, f"{STYLES}waves/checkpoint/")) == "checkpoint_too_large"


def test_a_repeated_upload_is_one(staff: Client) -> None:
    for _ in range(2):
        file = SimpleUploadedFile("udnie.pth", b"same")
        response = staff.post(INTAKES, WORDS | {"checkpoint": file}, headers={"idempotency-key": "one"})
        assert response.status_code == 202
    assert StyleIntake.objects.count() == 1


def test_an_intake_is_cancelled_once(staff: Client) -> None:
    address = upload(staff, b"anything").headers["Location"]
    assert staff.post(f"{address}cancel/").json()["state"] == "cancelled"
    assert stored_files() == set()
    again = staff.post(f"{address}cancel/")
    assert (again.status_code, code(again)) == (409, "already_finished")
    assert [row["state"] for row in staff.get(f"{INTAKES}?state=cancelled").json()["results"]] == ["cancelled"]
    assert staff.get(f"{INTAKES}?state=queued").json()["results"] == []
    assert staff.get(f"{INTAKES}?state=nothing").status_code == 400


def test_a_style_is_replaced_or_measured_one_at_a_time(staff: Client, style: Style) -> None:
    replaced = upload(staff, b"new", f"{STYLES}waves/checkpoint/")
    assert (replaced.status_code, replaced.json()["kind"], replaced.json()["style"]) == (202, "replace", "waves")
    measured = staff.post(f"{STYLES}waves/measure/")
    assert (measured.status_code, code(measured)) == (409, "in_work")
    staff.post(f"{replaced.headers['Location']}cancel/")
    assert staff.post(f"{STYLES}waves/measure/").json()["kind"] == "measure"


def test_words_place_and_featured_are_changed(staff: Client, style: Style) -> None:
    before = Style.objects.values().get()
    words = {"name": "Sea", "licence": "CC0", "position": 3, "is_featured": True, "description": "Waves."}
    response = send(staff, "patch", f"{STYLES}waves/", **words)
    assert response.status_code == 200
    assert Style.objects.values().get() == before | words
    sent = {"is_published": False, "standing": "retired", "faults": ["x"], "checkpoint_sha256": "x", "checkpoint": "x"}
    assert send(staff, "patch", f"{STYLES}waves/", **sent).status_code == 200
    assert Style.objects.values().get() == before | words, "what is not to be written stays"


@pytest.mark.parametrize("fields", [{"licence": ""}, {"slug": "other"}, {"slug": "a b"}, {"position": -1}, {"name": 0}])
def test_words_that_cannot_be(fields: dict[str, Any], staff: Client, style: Style, make_style: Callable) -> None:
    make_style("other")
    response = send(staff, "patch", f"{STYLES}waves/", **fields)
    expected = {"licence": 400, "slug": 409 if fields.get("slug") == "other" else 400, "position": 400, "name": 200}
    assert response.status_code == expected[next(iter(fields))], "a number is text in JSON as well"


def test_standing_is_changed_with_a_reason(staff: Client, anyone: Client, style: Style, bob: User) -> None:
    address = f"{STYLES}waves/decisions/"
    for verb, standing, offered in (
        ("unpublish", "unpublished", False),
        ("quarantine", "quarantined", False),
        ("publish", "published", True),
        ("retire", "retired", False),
        ("restore", "unpublished", False),
    ):
        response = send(staff, "post", address, verb=verb, reason=f"To {verb}.")
        assert (response.status_code, response.json()["standing"]) == (200, standing)
        assert (anyone.get("/api/v1/styles/waves/").status_code == 200) is offered
        assert [row["slug"] for row in staff.get(f"{STYLES}?standing={standing}").json()["results"]] == ["waves"]
    told = staff.get(address).json()
    assert [row["verb"] for row in told] == ["restore", "retire", "publish", "quarantine", "unpublish"]
    assert {row["decided_by"] for row in told} == {"bob"}
    assert told[0]["reason"] == "To restore."


def test_decisions_that_cannot_be(staff: Client, style: Style) -> None:
    address = f"{STYLES}waves/decisions/"
    for body in ({}, {"verb": "publish"}, {"verb": "publish", "reason": " "}, {"verb": "burn", "reason": "x"}):
        assert send(staff, "post", address, **body).status_code == 400, body
    response = send(staff, "post", address, verb="publish", reason="Again.")
    assert (response.status_code, code(response)) == (409, "not_now")
    assert not style.decisions.exists()


def test_usage_is_counted(staff: Client, alices_job: Stylization) -> None:
    told = staff.get(f"{STYLES}waves/usage/").json()
    assert (told["jobs"], told["succeeded"], told["failed"], told["people"], told["failure_rate"]) == (1, 1, 0, 1, 0.0)


def test_staff_see_the_preview_of_what_is_not_published(staff: Client, anyone: Client, style: Style) -> None:
    decide(style, Verb.UNPUBLISH, "Not yet.")
    address = staff.get(f"{STYLES}waves/").json()["preview_url"]
    assert staff.get(address).getvalue()[:2] == b"\xff\xd8"
    assert anyone.get(address).status_code == 401


def addresses(style: Style, intake: StyleIntake) -> list[tuple[str, str]]:
    one = f"{STYLES}{style.slug}/"
    return [
        ("get", STYLES),
        ("get", one),
        ("patch", one),
        ("get", f"{one}preview/"),
        ("get", f"{one}usage/"),
        ("get", f"{one}decisions/"),
        ("post", f"{one}decisions/"),
        ("post", f"{one}measure/"),
        ("post", f"{one}checkpoint/"),
        ("get", INTAKES),
        ("post", INTAKES),
        ("get", f"{INTAKES}{intake.pk}/"),
        ("post", f"{INTAKES}{intake.pk}/cancel/"),
    ]


@pytest.fixture
def intake(bob: User) -> StyleIntake:
    return StyleIntake.objects.create(kind="new", requested_by=bob, entry={"name": "Some"})


def test_nobody_else_gets_anywhere(
    style: Style, intake: StyleIntake, anyone: Client, alice: User, bob: User, as_alice: Client
) -> None:
    helper = User.objects.create_user("helper", password="x", is_staff=True)  # staff without any permission
    refused = [
        (anyone, 401),
        (as_alice, 403),
        (with_scopes(alice, "read", "write", "admin"), 403),
        (with_scopes(bob, "read", "write"), 403),
        (with_scopes(helper, "read", "write", "admin"), 403),
    ]
    for method, address in addresses(style, intake):
        for client, status in refused:
            assert getattr(client, method)(address).status_code == status, (method, address)
    intake.refresh_from_db()
    style.refresh_from_db()
    assert (intake.state, style.is_published) == ("queued", True)


def test_staff_who_may_only_look_change_nothing(style: Style, intake: StyleIntake) -> None:
    helper = User.objects.create_user("helper", password="x", is_staff=True)
    names = ["view_style", "view_styleintake"]
    helper.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = with_scopes(helper, "read", "write", "admin")
    for method, address in addresses(style, intake):
        response = getattr(client, method)(address)
        assert response.status_code == (200 if method == "get" else 403), (method, address)
        assert response.getvalue() if response.streaming else response.content


def test_a_browser_of_staff_may_too(as_bob: Client, style: Style) -> None:
    assert as_bob.get(STYLES).status_code == 200
    for slug in ("nothing", "%00", "a b"):
        assert as_bob.get(f"{STYLES}{slug}/").status_code == 404
