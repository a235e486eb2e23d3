"""From the queue to what comes after a result, by hand: the tab counts, failures say why, and one thing leads on."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from nstsite.tests.live.drawing import photo
from nstsite.tests.live.held_worker import held
from nstsite.tests.live.journey import see_result, submit
from nstsite.tests.live.live_site import LiveSite
from nstsite.tests.live.members import Enter, make_members
from nstsite.tests.live.process_group import ProcessGroup
from nstsite.tests.live.visitor import Visitor
from nstsite.tests.live.waiting import wait_for
from stylizer.tests import pictures

pytestmark = pytest.mark.timeout(900)
NOTE_PAUSES = """
window.pauses = [];
const real = window.setTimeout;
// Twenty times as quick, so that nobody waits; what was asked for is noted.
window.setTimeout = (call, pause, ...rest) => {
  if (pause >= 1000) window.pauses.push(pause);
  return real(call, pause / 20, ...rest);
};
"""
LOOK_AWAY = """
async () => {
  Object.defineProperty(document, "hidden", { value: true, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
  await new Promise(done => setTimeout(done, 900 * 20)); // what was asked before is answered
  return performance.getEntriesByType("resource").length;
}
"""
LOOK_AGAIN = """
() => {
  delete document.hidden;
  document.dispatchEvent(new Event("visibilitychange"));
}
"""
ASKED_AGAIN = """
asked => performance.getEntriesByType("resource").length > asked && window.pauses.at(-1) < 10000
"""
SMALL, LARGE = "256", "1024"


@pytest.fixture(scope="module")
def site(new_site: Callable[..., LiveSite]) -> LiveSite:
    site = new_site()
    site.start_web()
    return site


@pytest.fixture(scope="module")
def sessions(site: LiveSite) -> dict[str, str]:
    return make_members(site, "unlucky", "curious", "busy", "patient")


@pytest.fixture(scope="module")
def worker(site: LiveSite, sessions: dict[str, str]) -> ProcessGroup:
    """Started when the members are there: making them leaves no room for another worker."""
    return site.start_worker()


@pytest.fixture
def photos(tmp_path: Path) -> tuple[Path, Path]:
    paths = tmp_path / "beach.jpg", tmp_path / "harbour.jpg"
    for path, (width, height) in zip(paths, ((640, 480), (480, 640)), strict=True):
        path.write_bytes(photo(width, height))
    return paths


def choose(page: Page, path: Path, size: str = "") -> str:
    """Choose a photo, and return its id once it is sent."""
    page.locator("input[name=photo]").set_input_files(path)
    expect(page.locator('[data-tile][data-state="stored"]')).to_have_count(1)
    if size:
        page.get_by_role("slider", name="Longest side in pixels").fill(size)
    return page.locator("[name=photo_id]:checked").input_value()


def test_a_failed_painting_says_why_and_is_tried_again(
    site: LiveSite, enter: Enter, photos: tuple[Path, Path], worker: ProcessGroup
) -> None:
    visitor = enter("unlucky")
    page = visitor.page
    visitor.go("/studio/")
    number = choose(page, photos[0], SMALL)
    (file,) = (site.data_dir / "media" / "photos").glob(f"*/{number}/photo")
    sent = file.read_bytes()
    with held(site, worker):
        job = submit(visitor)
        file.write_bytes(pictures.truncated_jpeg())  # a disk that forgets
    expect(page.get_by_role("alert")).to_contain_text("This painting failed.")
    expect(page.get_by_role("alert")).to_contain_text(re.compile("damaged|cannot be opened|incomplete"))
    expect(page).to_have_title(re.compile("^Failed · "))
    visitor.look("failed")
    visitor.go("/stylizations/", "history-failed")
    visitor.go(f"/stylizations/{job}/")

    file.write_bytes(sent)
    page.get_by_role("button", name="Try again").click()
    see_result(visitor, 256, 192)
    assert page.url.endswith(f"/stylizations/{job}/")
    assert site.job(job).error_detail == ""


def test_a_result_leads_to_another_photo_and_to_another_style(
    site: LiveSite, enter: Enter, device: str, photos: tuple[Path, Path], worker: ProcessGroup
) -> None:
    visitor = enter("curious")
    page = visitor.page
    visitor.go("/studio/")
    choose(page, photos[0], SMALL)
    page.locator("label:has(input[name=style]) img").nth(2).click()
    page.get_by_text("More", exact=True).click()
    page.get_by_role("checkbox", name="Keep colours").check()
    first = submit(visitor)
    see_result(visitor, 256, 192)
    (move_edge_by_touch if device == "phone" else move_edge_by_keys)(visitor)

    page.get_by_role("link", name="Use on another photo").click()
    page.wait_for_url(re.compile("[?]like="))
    expect(page.locator("[data-tile]")).to_have_count(0)
    visitor.look("studio-like")
    choose(page, photos[1])
    second = submit(visitor)
    see_result(visitor, 192, 256)

    page.get_by_role("link", name="Try another style").click()
    page.wait_for_url(re.compile("[?]from="))
    expect(page.locator('[data-tile][data-state="stored"]')).to_have_count(1)
    page.locator("label:has(input[name=style]) img").nth(3).click()
    third = submit(visitor)
    see_result(visitor, 192, 256)
    jobs = [site.job(job) for job in (first, second, third)]
    assert [(job.size, bool(job.keep_colors)) for job in jobs] == [(256, True)] * 3
    assert jobs[0].style_id == jobs[1].style_id != jobs[2].style_id
    assert jobs[0].photo_id != jobs[1].photo_id == jobs[2].photo_id


def move_edge_by_keys(visitor: Visitor) -> None:
    edge = visitor.page.get_by_role("slider", name="Compare photo and painting")
    edge.press("Home")
    for value, key in (("0", "ArrowLeft"), ("1", "ArrowRight"), ("2", "ArrowUp"), ("1", "ArrowDown")):
        edge.press(key)
        expect(edge).to_have_value(value)
    expect(edge).to_have_attribute("aria-valuetext", "1% photo, 99% painting")


def move_edge_by_touch(visitor: Visitor) -> None:
    """Draw a finger over the picture: the edge follows it and the page stays where it is."""
    page = visitor.page
    edge = page.get_by_role("slider", name="Compare photo and painting")
    frame = page.locator("[data-compare]")
    frame.scroll_into_view_if_needed()
    area = frame.bounding_box()
    assert area is not None
    scrolled = page.evaluate("scrollY")
    finger = visitor.context.new_cdp_session(page)

    def touch(kind: str, across: float | None = None, down: float = 0.5) -> None:
        at = (
            []
            if across is None
            else [{"x": area["x"] + across * area["width"], "y": area["y"] + down * area["height"]}]
        )
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    touch("touchStart", 0.5)
    for across in (0.4, 0.3, 0.2):
        touch("touchMove", across, 0.6)
    touch("touchEnd")
    expect(edge).to_have_value("20")
    assert page.evaluate("scrollY") == scrolled
    visitor.look("compared-by-touch")


def test_the_tab_counts_and_a_painting_comes_though_the_tab_was_closed(
    site: LiveSite, enter: Enter, photos: tuple[Path, Path], worker: ProcessGroup
) -> None:
    visitor = enter("busy")
    page = visitor.page
    visitor.go("/studio/")
    choose(page, photos[0], LARGE)
    with held(site, worker):
        job = submit(visitor)
        expect(page).to_have_title(re.compile("^Waiting · "))
    with held(site, worker, lambda: site.job(job).progress > 0):
        row = site.job(job)
        assert row.status == "running", "it was painted before it could be held"
        expect(page).to_have_title(re.compile(f"^{row.progress}% · "))
        visitor.look("painting")
        page.close()
    wait_for("the painting", lambda: site.job(job).status == "succeeded")
    page = visitor.page = visitor.context.new_page()
    visitor.go("/studio/")
    waiting_for_eyes = page.get_by_role("navigation", name="Main").get_by_role("link", name=re.compile("History"))
    expect(waiting_for_eyes).to_contain_text("1")
    waiting_for_eyes.click()
    expect(page.locator(".tile").first).to_contain_text("New")
    visitor.look("history-new")
    page.locator(".tile__title").first.click()
    see_result(visitor, 1024, 768)
    expect(page).to_have_title(re.compile("^(?!Waiting|[0-9])"))


def test_a_page_that_waits_asks_less_and_less_often_and_not_at_all_when_nobody_looks(
    site: LiveSite, enter: Enter, photos: tuple[Path, Path], worker: ProcessGroup
) -> None:
    visitor = enter("patient")
    page = visitor.page
    visitor.go("/studio/")
    choose(page, photos[0], SMALL)
    page.add_init_script(NOTE_PAUSES)
    with held(site, worker):
        submit(visitor)
        page.wait_for_function("() => window.pauses.at(-1) === 10000")
        pauses = page.evaluate("window.pauses")
        assert pauses == sorted(pauses), pauses
        assert pauses[0] == 1000
        asked = page.evaluate(LOOK_AWAY)
        page.wait_for_timeout(1500)  # three times the longest pause, as it is here
        assert page.evaluate("performance.getEntriesByType('resource').length") == asked
        page.evaluate(LOOK_AGAIN)
        page.wait_for_function(ASKED_AGAIN, arg=asked)
    see_result(visitor, 256, 192)
