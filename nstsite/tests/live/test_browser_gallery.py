"""The gallery by hand: shown, starred, searched, scrolled to its end, shared by a link, reported and hidden."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from nstsite.tests.live.layout_shift import MOST_SHIFT, layout_shifts, observe_layout_shifts
from nstsite.tests.live.live_site import LiveSite
from nstsite.tests.live.members import Enter, make_members
from nstsite.tests.live.visitor import Visitor
from nstsite.tests.live.waiting import wait_for

pytestmark = pytest.mark.timeout(900)
CROWD = 230
"""Far more than five pages of 24, which come by themselves, are on show of them."""


@pytest.fixture(scope="module")
def site(new_site: Callable[..., LiveSite]) -> LiveSite:
    site = new_site()
    site.start_web()
    return site


@pytest.fixture(scope="module")
def sessions(site: LiveSite) -> dict[str, str]:
    return make_members(site, "painter=2", "collector", "sharer=1", "offender=0,1", "reporter", crowd=CROWD)


def tiles(visitor: Visitor) -> Locator:
    return visitor.page.locator("[data-grid] .tile")


def titles(visitor: Visitor) -> list[str]:
    return visitor.page.locator("[data-grid] .tile__title").all_inner_texts()


def search(visitor: Visitor, words: str) -> None:
    visitor.page.get_by_role("searchbox").fill(words)
    visitor.page.get_by_role("button", name="Search").click()
    visitor.page.wait_for_url(re.compile("[?&]q="))


def test_a_work_is_published_starred_found_and_sorted(enter: Enter, device: str) -> None:
    painter = enter("painter")
    page = painter.page
    for number, title in enumerate(("Zebra crossing", "Apple tree")):
        painter.go("/gallery/mine/?sort=oldest" if number else "/gallery/mine/")
        page.get_by_role("link", name=re.compile("^Drawing")).first.click()
        page.get_by_label("Title").fill(f"{title}, {device}")
        page.get_by_role("button", name="Rename").click()
        page.get_by_role("button", name="Publish in the gallery").click()
        expect(page.get_by_text("Published: everybody can see it now.")).to_be_visible()
    painter.look("artwork-published")

    other = enter("collector")
    page = other.page
    other.go("/gallery/")
    search(other, f"painter_{device}")
    assert titles(other) == [f"Apple tree, {device}", f"Zebra crossing, {device}"]
    search(other, f"zebra crossing {device}")
    assert titles(other) == [f"Zebra crossing, {device}"]
    other.look("gallery-search")
    page.get_by_role("link", name="Zebra").click()
    page.evaluate("window.stayed = true")
    star = page.get_by_role("button", name="Star")
    star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    expect(star).to_contain_text("1")
    assert page.evaluate("window.stayed") is True, "the star came without a reload"
    other.look("artwork-starred")

    page.goto(f"/gallery/?q=painter_{device}")
    page.get_by_role("navigation", name="Sort by").get_by_role("link", name="Most starred").click()
    page.wait_for_url(re.compile("sort=starred"))
    assert titles(other) == [f"Zebra crossing, {device}", f"Apple tree, {device}"]
    page.get_by_role("navigation", name="Sort by").get_by_role("link", name="Title").click()
    page.wait_for_url(re.compile("sort=title"))
    assert titles(other) == [f"Apple tree, {device}", f"Zebra crossing, {device}"]
    style = page.locator(".tile__line").first.inner_text().split(" ·")[0]
    search(other, f"{style} painter_{device}")
    assert f"Apple tree, {device}" in titles(other)

    other.go("/gallery/starred/", "starred")
    page.get_by_role("link", name="Zebra").click()
    star.click()
    expect(star).to_have_attribute("aria-pressed", "false")
    other.go("/gallery/starred/")
    expect(page.get_by_text("No stars yet")).to_be_visible()


def test_scrolling_brings_the_next_pictures_and_nothing_jumps(enter: Enter) -> None:
    visitor = enter(reduced_motion="reduce")
    observe_layout_shifts(visitor.context)
    visitor.go("/gallery/?q=demo-0001")
    page = visitor.page

    def five_pages_are_there() -> bool:
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        return tiles(visitor).count() >= 120

    wait_for("five pages of pictures", five_pages_are_there)
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    more = page.get_by_role("link", name="More pictures")
    expect(more).to_be_in_viewport()
    more.press("Enter")
    expect(tiles(visitor)).to_have_count(144)
    page.wait_for_function("() => document.activeElement.closest('.tile')")  # the keyboard's place is kept
    assert page.url.endswith("/gallery/?q=demo-0001")
    assert len(set(titles(visitor))) == 144
    expect(tiles(visitor).last.locator("img")).to_be_visible()
    shift, moved = layout_shifts(page)
    assert shift <= MOST_SHIFT, moved
    visitor.look("gallery-scrolled")


def test_without_scripts_there_is_a_plain_pager(enter: Enter) -> None:
    visitor = enter(java_script_enabled=False)
    page = visitor.page
    page.goto("/gallery/?q=demo-0001")
    first = titles(visitor)
    page.get_by_role("link", name="More pictures").click()
    page.wait_for_url(re.compile("after="))
    second = titles(visitor)
    assert len(first) == len(second) == 24
    assert not set(first) & set(second)
    page.get_by_role("link", name="Previous pictures").click()
    page.wait_for_url(re.compile("before="))
    assert titles(visitor) == first


def test_an_unlisted_link_opens_a_private_work_until_it_is_taken_back(enter: Enter, tmp_path: Path) -> None:
    owner, friend = enter("sharer"), enter()
    page = owner.page
    owner.go("/gallery/mine/")
    page.locator(".tile__title").click()
    work = page.url
    assert friend.fetch(work).status == 404
    page.get_by_label("The link ends after").select_option("1")
    page.get_by_role("button", name="Create link").click()
    expect(page.locator(".links__label")).to_contain_text("Until")
    page.get_by_label("The link ends after").select_option(label="No end")
    page.get_by_role("button", name="Create link").click()
    expect(page.locator(".links__address")).to_have_count(2)
    owner.look("artwork-links")
    ends = page.locator(".links__item").filter(has_text="Until")
    link = ends.locator(".links__address").input_value()

    friend.go(link, "unlisted")
    expect(friend.page.get_by_role("heading", level=1)).to_have_text("Drawing, number 0")
    with friend.page.expect_download() as waiting:
        friend.page.get_by_role("link", name="Download").click()
    waiting.value.save_as(tmp_path / "painting.jpg")
    assert (tmp_path / "painting.jpg").stat().st_size
    friend.go(work, status=404)

    ends.get_by_role("button", name="Remove this link").click()
    expect(page.locator(".links__address")).to_have_count(1)
    friend.go(link, status=404)
    assert friend.fetch(page.locator(".links__address").input_value()).status == 200, "the other link still opens it"


def test_a_reported_work_is_hidden_by_staff_and_its_owner_reads_why(enter: Enter, device: str) -> None:
    reporter, staff, owner, stranger = enter("reporter"), enter("bob"), enter("offender"), enter()
    page = reporter.page
    reporter.go(f"/gallery/?q=offender_{device}")
    page.locator(".tile__title").click()
    work = page.url
    page.get_by_role("link", name="Report this picture").click()
    page.get_by_role("radio").first.check()
    page.get_by_label("What else staff should know").fill("It shows my neighbour.")
    reporter.look("report")
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_text("You reported this picture.")).to_be_visible()

    page = staff.page
    staff.go(f"/admin/gallery/report/?q=offender_{device}", "admin-reports")
    expect(page.get_by_text("It shows my neighbour.")).to_be_visible()
    page.locator("input.action-select").check()
    page.get_by_label("Action:").select_option("hide_works")
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_text("Nothing was hidden: write the reason")).to_be_visible()
    page.locator("input.action-select").check()
    page.get_by_label("Action:").select_option("hide_works")
    page.get_by_label("Reason to hide:").fill("A person who did not agree.")
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_text("1 hidden.")).to_be_visible()
    staff.look("admin-hidden")

    assert stranger.fetch(work).status == reporter.fetch(work).status == 404
    stranger.go(f"/gallery/?q=offender_{device}")
    expect(tiles(stranger)).to_have_count(0)
    owner.go(work, "artwork-hidden")
    expect(owner.page.get_by_text("Reason: A person who did not agree.")).to_be_visible()
    expect(owner.page.get_by_role("button", name="Publish in the gallery")).to_have_count(0)
