"""Every way a photo comes into the studio, by hand: dropped, pasted, taken, and sent over a slow or broken line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from nstsite.tests.live.drawing import photo
from nstsite.tests.live.journey import natural_size
from nstsite.tests.live.live_site import LiveSite
from nstsite.tests.live.members import Enter, make_members

pytestmark = pytest.mark.timeout(900)
COPY_AS_PNG = """
async () => {
  const canvas = document.createElement("canvas");
  canvas.width = 64;
  canvas.height = 48;
  canvas.getContext("2d").fillRect(8, 8, 20, 30);
  const blob = await new Promise(done => canvas.toBlob(done, "image/png"));
  await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
}
"""
WATCH_UPLOAD = """
window.sent = [];
new MutationObserver(() => {
  for (const tile of document.querySelectorAll('[data-tile][data-state="sending"]')) {
    const { value, hidden } = tile.querySelector("[data-tile-progress]");
    const image = tile.querySelector("[data-tile-image]");
    if (!hidden && value > 0 && value < 100 && image.checkVisibility()) window.sent.push([value, image.naturalWidth]);
  }
}).observe(document.querySelector("[data-photos]"), { subtree: true, childList: true, attributes: true });
"""


@pytest.fixture(scope="module")
def site(new_site: Callable[..., LiveSite]) -> LiveSite:
    """Without a worker: what is sent is not painted."""
    site = new_site()
    site.start_web()
    return site


@pytest.fixture(scope="module")
def sessions(site: LiveSite) -> dict[str, str]:
    return make_members(site, "dropper", "paster", "photographer", "far_away")


@pytest.fixture
def beach(tmp_path: Path) -> Path:
    path = tmp_path / "beach.jpg"
    path.write_bytes(photo(1280, 960))
    return path


def stored(page: Page) -> Locator:
    return page.locator('[data-tile][data-state="stored"]')


def drag(page: Page, kind: str, files: list[Path], x: float, y: float) -> None:
    """Move files over the window, or let them go, as the system's file manager does."""
    data = {"items": [], "files": [str(path) for path in files], "dragOperationsMask": 1}
    page.context.new_cdp_session(page).send("Input.dispatchDragEvent", {"type": kind, "x": x, "y": y, "data": data})


def test_photos_are_dropped_anywhere_on_the_studio(
    site: LiveSite, enter: Enter, beach: Path, phone_photo: Path
) -> None:
    visitor = enter("dropper")
    page = visitor.page
    visitor.go("/studio/")
    frame = page.locator("[data-photo]")
    area = frame.bounding_box()
    assert area is not None
    over = area["x"] + area["width"] / 2, area["y"] + area["height"] / 2
    drag(page, "dragEnter", [beach, phone_photo], *over)
    drag(page, "dragOver", [beach, phone_photo], *over)
    expect(frame).to_have_class("photo is-over")
    visitor.look("studio-dropping")
    drag(page, "drop", [beach, phone_photo], *over)
    expect(frame).to_have_class("photo")
    expect(stored(page)).to_have_count(2)
    # Beside the frame it is no other page's photo either.
    for kind in ("dragEnter", "dragOver", "drop"):
        drag(page, kind, [beach], 5, 5)
    expect(stored(page)).to_have_count(3)
    expect(page.get_by_role("button", name="Stylize")).to_have_text("Stylize: 3 paintings")
    expect(stored(page).locator("[data-tile-facts]").nth(1)).to_contain_text("holiday.jpg, 3000 × 4000 px")
    visitor.look("studio-dropped")
    assert page.url == f"{site.url}/studio/"


def test_a_picture_is_pasted_from_the_clipboard(enter: Enter) -> None:
    visitor = enter("paster")
    page = visitor.page
    visitor.go("/studio/")
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate(COPY_AS_PNG)
    page.keyboard.press("Control+V")
    expect(stored(page)).to_have_count(1)
    expect(stored(page).locator("[data-tile-facts]")).to_contain_text("64 × 48 px")
    page.evaluate("navigator.clipboard.writeText('only words')")
    page.keyboard.press("Control+V")
    expect(page.locator("[data-tile]")).to_have_count(1)


def test_a_phone_takes_a_photo_with_its_camera(enter: Enter, device: str, phone_photo: Path) -> None:
    visitor = enter("photographer")
    page = visitor.page
    visitor.go("/studio/")
    if device == "desktop":  # there it would be a second way to choose a file
        expect(page.get_by_text("Take a photo")).to_be_hidden()
        return
    expect(page.locator("input[data-camera]")).to_have_attribute("capture", "environment")
    with page.expect_file_chooser() as chooser:
        page.get_by_text("Take a photo").tap()
    chooser.value.set_files(phone_photo)
    expect(stored(page)).to_have_count(1)
    assert natural_size(page, "[data-tile-image]") == (3000, 4000)
    visitor.look("studio-taken")


def test_over_a_slow_line_the_photo_is_seen_before_it_is_sent_and_a_broken_one_is_tried_again(
    enter: Enter, beach: Path
) -> None:
    visitor = enter("far_away")
    page = visitor.page
    visitor.go("/studio/")
    line = visitor.context.new_cdp_session(page)
    line.send("Network.enable")

    def be(**state: object) -> None:
        quick = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        line.send("Network.emulateNetworkConditions", quick | state)

    be(uploadThroughput=beach.stat().st_size / 2)  # bytes a second
    page.evaluate(WATCH_UPLOAD)
    page.locator("input[name=photo]").set_input_files(beach)
    page.wait_for_function("() => window.sent.length")
    visitor.look("studio-sending")
    expect(stored(page)).to_have_count(1)
    seen = page.evaluate("window.sent")
    assert all(0 < value < 100 and width == 1280 for value, width in seen), seen
    assert sorted(value for value, _ in seen) == [value for value, _ in seen]

    be(offline=True)
    page.locator("input[name=photo]").set_input_files(beach)
    refused = page.locator('[data-tile][data-state="refused"]')
    expect(refused).to_contain_text("The server could not be reached")
    visitor.look("studio-unsent")
    be()
    refused.get_by_role("button", name="Send again: beach.jpg").click()
    expect(stored(page)).to_have_count(2)
    visitor.problems = [problem for problem in visitor.problems if "ERR_INTERNET_DISCONNECTED" not in problem]


def test_a_busy_server_gets_the_photo_again_by_itself(site: LiveSite, enter: Enter, beach: Path) -> None:
    visitor = enter("dropper")
    page = visitor.page
    visitor.go("/studio/")
    refused = []

    def refuse_once(route: Route) -> None:
        if refused:
            route.fallback()
            return
        refused.append(route.request.url)
        problem = {"error": {"code": "too_many_uploads", "detail": "Too many.", "fields": {}}}
        route.fulfill(status=503, headers={"Retry-After": "1"}, json=problem)

    page.route("**/photos/", refuse_once)
    page.locator("[data-photo-input]").set_input_files(beach)
    expect(stored(page)).to_have_count(1, timeout=60_000)
    assert len(refused) == 1
    visitor.forgive("responded with a status of 503")
