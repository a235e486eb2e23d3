"""The catalog in an administrator's hands: styles uploaded, checked by a worker, decided about; and the dashboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from nstsite.tests.live.drawing import photo
from nstsite.tests.live.live_site import LiveSite
from nstsite.tests.live.members import Enter, make_members
from nstsite.tests.live.visitor import Visitor
from stylizer.tests.catalog_pages import UDNIE, saved

pytestmark = pytest.mark.timeout(900)
STEP = {"desktop": 0.01, "phone": 0.02}
"""By how much a checkpoint differs from the one it was made of, so that each device brings another style."""


@pytest.fixture(scope="module")
def site(new_site: Callable[..., LiveSite]) -> LiveSite:
    site = new_site()
    site.start_web()
    return site


@pytest.fixture(scope="module")
def sessions(site: LiveSite) -> dict[str, str]:
    """Who signed in, with a worker running from then on."""
    made = make_members(site, "member")
    site.start_worker()
    return made


def variant(change: Callable[[Any], None]) -> bytes:
    """Return the checkpoint of a style that the catalog has not, made from one it has."""
    from mlcore.checkpoint import load_style

    network, _ = load_style(UDNIE)
    change(network)
    return saved(network.state_dict())


def deaden(network: Any, step: float) -> None:
    """Take green out of all that the network paints."""
    network.conv_out.weight[1].__imul__(0)
    network.conv_out.bias.__iadd__(step)


def add_style(visitor: Visitor, name: str, path: Path, *, publish: bool) -> None:
    """Fill in the form and follow the page that it leads to."""
    page = visitor.page
    visitor.go("/admin/stylizer/style/add/")
    page.locator("#id_name").press_sequentially(name)
    expect(page.locator("#id_slug")).to_have_value(name.lower().replace(" ", "-"))
    page.locator("#id_artist").fill("Nobody")
    page.locator("#id_licence").fill("CC0")
    page.locator("#id_upload").set_input_files(path)
    page.locator("#id_publish").set_checked(publish)
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile("/styleintake/"))


def see_how_it_ended(visitor: Visitor, state: str) -> None:
    """Wait until the worker is done; the page says so by itself."""
    expect(visitor.page.locator("#intake-progress .badge")).to_have_text(state)


def test_an_uploaded_style_is_checked_by_a_worker_then_published_and_retired(
    enter: Enter, device: str, tmp_path: Path
) -> None:
    staff, member = enter("bob"), enter("member")
    page = staff.page
    path = tmp_path / "evening.pth"
    path.write_bytes(variant(lambda network: network.conv_out.bias.__iadd__(STEP[device])))
    name = f"Evening on a {device}"
    add_style(staff, name, path, publish=False)
    expect(page.get_by_role("progressbar")).to_be_visible()
    staff.look("intake-running")
    see_how_it_ended(staff, "Done")
    staff.look("intake-done")
    page.get_by_role("link", name="Look at the style").click()
    expect(page.get_by_text("unpublished", exact=True)).to_be_visible()
    expect(page.get_by_role("region", name="Measured")).to_contain_text("a megapixel")
    staff.look("style-unpublished")
    assert not offered(member, name)

    decide(page, name, "Publish", "It looks as it should.")
    staff.look("style-published")
    assert offered(member, name)
    decide(page, name, "Retire", "Another is better.")
    assert not offered(member, name)
    expect(page.get_by_text("It looks as it should.")).to_be_visible()


def decide(page: Page, name: str, word: str, reason: str) -> None:
    page.get_by_role("link", name=f"{word}…").click()
    page.get_by_label("Reason").fill(reason)
    page.get_by_role("button", name=word).click()
    expect(page.locator(".messagelist")).to_contain_text(f"{name} is")


def offered(visitor: Visitor, name: str) -> bool:
    visitor.go("/studio/")
    return visitor.page.get_by_role("radio", name=re.compile(name)).count() == 1


def test_a_style_with_a_fault_goes_into_quarantine_with_its_reason(enter: Enter, device: str, tmp_path: Path) -> None:
    staff = enter("bob")
    page = staff.page
    path = tmp_path / "dead.pth"
    path.write_bytes(variant(lambda network: deaden(network, STEP[device])))
    name = f"Dead green on a {device}"
    add_style(staff, name, path, publish=True)
    see_how_it_ended(staff, "Done")
    expect(page.locator(".intake__reason")).to_contain_text("In quarantine: A colour channel is dead")
    staff.look("intake-quarantined")
    page.get_by_role("link", name="Look at the style").click()
    expect(page.get_by_role("region", name="Standing")).to_contain_text("A colour channel is dead")
    staff.look("style-quarantined")
    staff.go("/admin/stylizer/style/?standing=quarantined", "styles-quarantined")
    expect(page.get_by_role("link", name=name)).to_be_visible()


def test_a_photo_named_as_a_checkpoint_is_refused_and_the_dashboard_says_so(
    enter: Enter, device: str, tmp_path: Path
) -> None:
    staff = enter("bob")
    page = staff.page
    path = tmp_path / "beach.pth"
    path.write_bytes(photo(320, 240))
    name = f"Not a style on a {device}"
    add_style(staff, name, path, publish=True)
    see_how_it_ended(staff, "Refused")
    expect(page.get_by_text("Nothing was kept of the file.")).to_be_visible()
    staff.look("intake-refused")
    staff.go("/admin/dashboard/", "dashboard")
    expect(page.get_by_text(name)).to_be_visible()
    expect(page.locator(".badge--alive")).not_to_have_count(0)


def test_members_do_not_get_in(enter: Enter) -> None:
    member = enter("member")
    for address in ("/admin/", "/admin/dashboard/", "/admin/stylizer/style/add/"):
        assert member.fetch(address).status == 302, address
