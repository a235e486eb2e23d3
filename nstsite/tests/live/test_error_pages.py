"""What people see when something is refused or breaks, and where sign-up is not open: as usable as any other page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import expect

from nstsite.tests.live.axe import axe_source, violations
from nstsite.tests.live.layout_shift import MOST_SHIFT, layout_shifts, observe_layout_shifts
from nstsite.tests.live.live_site import LiveSite
from nstsite.tests.live.members import DEVICES, Enter, make_members
from nstsite.tests.live.visitor import Visitor

pytestmark = pytest.mark.timeout(900)
SEND_TOO_MANY_FIELDS = """
() => {
  const form = document.querySelector("main form");
  for (let number = 0; number < 1100; number += 1) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = `field-${number}`;
    form.append(field);
  }
  form.submit();
}
"""


@pytest.fixture(scope="module")
def site(new_site: Callable[..., LiveSite]) -> LiveSite:
    axe_source()  # before anything takes long
    site = new_site(EASEL_SIGNUP="invitation")
    site.may_log_tracebacks = True
    site.start_web()
    return site


@pytest.fixture(scope="module")
def closed(site: LiveSite) -> Iterator[LiveSite]:
    """The same installation, with sign-up closed altogether."""
    other = LiveSite(site.data_dir, EASEL_SIGNUP="closed")
    other.may_log_tracebacks = True  # it writes into the same log
    other.start_web()
    yield other
    other.stop()


@pytest.fixture(scope="module")
def sessions(site: LiveSite) -> dict[str, str]:
    return make_members(site, "member", "clerk")


def check(visitor: Visitor, name: str, heading: str, status: int = 200) -> None:
    """Look at the page that is there now, as the tour of every page does."""
    page = visitor.page
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    if status >= 400:
        visitor.forgive(f"responded with a status of {status}")
    shift, moved = layout_shifts(page)
    assert shift <= MOST_SHIFT, moved
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        visitor.look(f"{name}-{scheme}")
        assert violations(page) == [], scheme


@pytest.fixture
def come(enter: Enter) -> Enter:
    """Return ``enter``, for people whom moving things would disturb; shifts are watched."""

    def come_as(who: str = "", **options: Any) -> Visitor:
        visitor = enter(who, reduced_motion="reduce", **options)
        observe_layout_shifts(visitor.context)
        return visitor

    return come_as


def test_sign_up_by_invitation(come: Enter) -> None:
    visitor, staff = come(), come("bob")
    visitor.page.goto("/accounts/signup/")
    check(visitor, "sign-up-by-invitation", "Sign-up is by invitation")
    staff.go("/admin/accounts/invitation/add/")
    staff.page.get_by_label("E-mail").fill("dora@example.org")
    staff.page.get_by_role("button", name="Save", exact=True).click()
    link = staff.page.get_by_label("Link of the invitation").input_value()
    staff.look("invitation-made")
    assert violations(staff.page) == []
    visitor.page.goto(link)
    expect(visitor.page.get_by_label("E-mail address")).to_have_value("dora@example.org")
    check(visitor, "sign-up-invited", "Create an account")


def test_sign_up_that_is_closed(closed: LiveSite, visit: Callable[..., Visitor], device: str) -> None:
    visitor = visit(closed, reduced_motion="reduce", **DEVICES[device])
    observe_layout_shifts(visitor.context)
    visitor.page.goto("/accounts/signup/")
    check(visitor, "sign-up-closed", "Sign-up is closed")


def test_a_page_that_is_not_there(come: Enter) -> None:
    visitor = come()
    visitor.page.goto("/no/such/page/")
    check(visitor, "error-404", "There is nothing here", 404)


def test_a_page_that_ones_account_does_not_open(come: Enter) -> None:
    visitor = come("clerk")
    visitor.page.goto("/admin/stylizer/style/")
    check(visitor, "error-403", "This is not open to you", 403)


def test_a_form_that_the_browser_has_no_cookie_for(come: Enter) -> None:
    visitor = come()
    visitor.page.goto("/accounts/login/")
    visitor.context.clear_cookies()
    visitor.page.locator("input[name=login]").fill("ada")
    visitor.page.locator("input[name=password]").fill("a long walk home")
    visitor.page.get_by_role("main").get_by_role("button", name="Sign in").click()
    check(visitor, "error-403-csrf", "Please try that again", 403)


def test_a_request_that_is_too_large(come: Enter) -> None:
    visitor = come()
    visitor.page.goto("/accounts/login/")
    visitor.page.evaluate(SEND_TOO_MANY_FIELDS)
    check(visitor, "error-400", "Easel could not read that request", 400)


def test_more_tries_than_are_allowed(come: Enter) -> None:
    visitor = come("member")
    visitor.page.goto("/account/data/")
    form = visitor.page.locator("form[action='/account/data/export/']")
    for _ in range(6):
        fields = {"csrfmiddlewaretoken": form.locator("[name=csrfmiddlewaretoken]").input_value()}
        visitor.context.request.post("/account/data/export/", form=fields)
    form.get_by_role("button").click()
    check(visitor, "error-429", "Too many tries", 429)


@pytest.mark.parametrize(
    ("template", "heading", "status"),
    [
        ("503.html", "Too many photos at this moment", 503),  # test_upload_gate.py says when
        ("outage.html", "The server needs a moment", 503),  # test_api_faults.py says when
        ("500.html", "Something broke on the server", 500),
    ],
)
def test_pages_made_without_request_or_context(come: Enter, template: str, heading: str, status: int) -> None:
    """As Django and the gate of uploads make them; what breaks is not this test's matter."""
    visitor = come()
    answer = render_to_string(template)
    visitor.page.route("**/broken/", lambda route: route.fulfill(status=status, content_type="text/html", body=answer))
    visitor.page.goto("/broken/")
    check(visitor, f"error-{template.removesuffix('.html')}", heading, status)
