"""One's own works by hand: several at once published, put into albums, thrown away and brought back."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from nstsite.tests.live.live_site import LiveSite
from nstsite.tests.live.members import Enter, make_members
from nstsite.tests.live.visitor import Visitor

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def site(new_site: Callable[..., LiveSite]) -> LiveSite:
    site = new_site()
    site.start_web()
    return site


@pytest.fixture(scope="module")
def sessions(site: LiveSite) -> dict[str, str]:
    return make_members(site, "publisher=3", "keeper=3", "thrower=3", "unscripted=2")


def tiles(page: Page) -> Locator:
    return page.locator("[data-grid] .tile")


def titles(page: Page) -> set[str]:
    """Return the numbers of the works shown."""
    return {title.rpartition(" ")[2] for title in page.locator(".tile__title").all_inner_texts()}


def select(page: Page, *numbers: int) -> None:
    for number in numbers:
        page.get_by_role("checkbox", name=f"Select Drawing, number {number}").check()
    expect(page.get_by_role("status").filter(has_text="selected")).to_have_text(f"{len(numbers)} selected")


def press(page: Page, name: str, says: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    expect(page.locator(".messages")).to_contain_text(says)


def test_several_are_published_downloaded_and_made_private(enter: Enter, device: str, tmp_path: Path) -> None:
    owner, stranger = enter("publisher"), enter()
    page = owner.page
    owner.go("/gallery/mine/")
    select(page, 0, 2)
    owner.look("mine-selected")
    press(page, "Publish", "2 pictures are public now.")
    stranger.go(f"/gallery/?q=publisher_{device}")
    assert titles(stranger.page) == {"0", "2"}

    page.get_by_role("checkbox", name="Select Drawing, number 1").check()
    page.get_by_role("button", name="Select all").click()
    expect(page.get_by_text("3 selected")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download", exact=True).click()
    waiting.value.save_as(tmp_path / "works.zip")
    with zipfile.ZipFile(tmp_path / "works.zip") as archive:
        assert archive.testzip() is None
        assert len([name for name in archive.namelist() if name.endswith(".jpg")]) == 3
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(0)
    select(page, 0)
    press(page, "Make private", "1 picture is private now.")
    stranger.go(f"/gallery/?q=publisher_{device}")
    assert titles(stranger.page) == {"2"}


def test_an_album_is_made_filled_emptied_renamed_and_deleted(enter: Enter) -> None:
    visitor, stranger = enter("keeper"), enter("thrower")
    page = visitor.page
    visitor.go("/gallery/albums/")
    make_album(page, "Seaside")
    albums = page.url
    visitor.look("album-empty")
    assert stranger.fetch(albums).status == 404
    visitor.go("/gallery/mine/")
    select(page, 0, 1)
    page.get_by_label("Album", exact=True).select_option("Seaside")
    press(page, "Add", "2 pictures are in “Seaside” now.")
    visitor.go("/gallery/albums/", "albums")
    make_album(page, "Mountains")
    visitor.go("/gallery/mine/")
    select(page, 1)
    page.get_by_label("Album", exact=True).select_option("Mountains")
    press(page, "Move", "1 picture moved to “Mountains”.")
    assert in_album(visitor, "Mountains") == {"1"}
    assert in_album(visitor, "Seaside") == {"0"}
    visitor.look("album")
    select(page, 0)
    press(page, "Take out", "1 picture taken out of “Seaside”.")
    expect(page.get_by_text("This album is empty")).to_be_visible()

    page.get_by_label("Name of the album").fill("Lake")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lake")
    page.locator("summary", has_text="Delete the album").click()
    visitor.look("album-to-delete")
    page.get_by_role("button", name="Delete the album").click()
    page.wait_for_url(re.compile("/gallery/albums/$"))
    assert page.locator(".tile__title").all_inner_texts() == ["Mountains"]
    visitor.go("/gallery/mine/")
    assert titles(page) == {"0", "1", "2"}, "what was in the album stays"


def make_album(page: Page, name: str) -> None:
    page.get_by_label("New album").fill(name)
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def in_album(visitor: Visitor, name: str) -> set[str]:
    visitor.go("/gallery/albums/")
    visitor.page.get_by_role("link", name=name, exact=True).click()
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text(name)
    return titles(visitor.page)


def test_what_is_thrown_away_is_brought_back_or_gone_for_good(enter: Enter) -> None:
    visitor = enter("thrower")
    page = visitor.page
    visitor.go("/gallery/mine/")
    work = page.locator(".tile__title", has_text="number 2").get_attribute("href") or ""
    select(page, 0, 1, 2)
    press(page, "Delete", "3 pictures moved to the trash.")
    expect(page.get_by_text("Your gallery is empty")).to_be_visible()
    visitor.go("/gallery/trash/")
    expect(tiles(page)).to_have_count(3)
    select(page, 0)
    visitor.look("trash")
    press(page, "Restore", "1 picture restored.")
    select(page, 1)
    press(page, "Delete for good", "1 picture deleted for good.")
    assert titles(page) == {"2"}
    visitor.go(work, "trashed-artwork")
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("The trash is empty")).to_be_visible()
    assert visitor.fetch(work).status == 404
    visitor.go("/gallery/mine/")
    assert titles(page) == {"0"}
    # One by one as well, from the page of each.
    page.locator(".tile__title").click()
    page.locator("summary", has_text="Delete").click()
    page.get_by_role("button", name="Move to the trash").click()
    expect(page.get_by_text("Your gallery is empty")).to_be_visible()


def test_without_scripts_several_are_thrown_away_and_the_trash_is_emptied(enter: Enter) -> None:
    visitor = enter("unscripted", java_script_enabled=False)
    page = visitor.page
    page.goto("/gallery/mine/")
    for box in page.get_by_role("checkbox").all():
        box.check()
    press(page, "Delete", "2 pictures moved to the trash.")
    page.goto("/gallery/trash/")
    page.locator("summary", has_text="Empty the trash").click()
    press(page, "Delete everything for good", "2 pictures deleted for good.")
