"""Finishing, zoom and what comes after a result, by hand in a real browser."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from nstsite.tests.live.journey import choose, save_to_gallery, sign_in, sign_up, submit
from nstsite.tests.live.live_site import LiveSite
from nstsite.tests.live.visitor import PHONE, Visitor

pytestmark = pytest.mark.timeout(900)
PICTURE = "[data-compare-picture]"
BOTH = pytest.mark.parametrize("screen", [{}, PHONE], ids=["desktop", "phone"])


@pytest.fixture(scope="module")
def site(new_site: Callable[..., LiveSite]) -> LiveSite:
    site = new_site()
    site.start_web()
    site.start_worker()
    return site


def paint(visitor: Visitor, photo: Path) -> str:
    choose(visitor, photo)
    job = submit(visitor)
    expect(visitor.page.locator(PICTURE)).to_be_visible()
    return job


def whole_painting(page: Page) -> np.ndarray:
    """Return what the window shows of the picture, with the edge at its left end and nothing over it."""
    page.get_by_role("slider", name=re.compile("compare", re.IGNORECASE)).press("Home")
    page.evaluate("document.querySelector('[data-zoom-bar]').hidden = true")
    page.evaluate("document.querySelector('[data-compare-handle]').hidden = true")
    page.evaluate("document.querySelectorAll('.compare__caption').forEach(caption => caption.hidden = true)")
    with Image.open(io.BytesIO(page.locator(PICTURE).screenshot())) as image:
        return np.asarray(image.convert("RGB"), dtype=int)


def hold_exact_pictures(page: Page) -> list[Route]:
    """Return where the requests for the server's own picture gather, to be let go later; others pass."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if "strength=1&" in route.request.url:
            route.continue_()
        else:
            held.append(route)

    page.route("**/finished/**", hold)
    return held


def set_strength(page: Page, value: str) -> None:
    page.locator("#id_strength").fill(value)


@BOTH
def test_a_choice_shows_at_once_and_then_exactly(
    site: LiveSite, visit: Callable[..., Visitor], phone_photo: Path, screen: dict[str, object]
) -> None:
    visitor = visit(site, **screen)
    page = visitor.page
    sign_up(visitor, f"finisher_{len(screen)}")
    paint(visitor, phone_photo)
    visitor.look("result-finishing")
    keep = page.get_by_role("button", name="Keep these choices")
    expect(keep).to_be_disabled()
    layers = page.locator(".finish-layers")
    for strength, kept in (("0.5", False), ("0.5", True), ("0.2", True)):
        # The server's answer is held back until the browser's own picture has been looked at.
        held = hold_exact_pictures(page)
        set_strength(page, strength)
        page.get_by_role("checkbox", name="Keep colours").set_checked(kept)
        expect(layers).to_be_visible()
        at_once = whole_painting(page)
        while not held:
            page.wait_for_timeout(50)
        for route in held:
            route.continue_()
        page.unroute("**/finished/**")
        expect(layers).to_be_hidden()
        exact = whole_painting(page)
        # The photo below is a JPEG of its own, scaled by the browser: a few levels here and there, never another look.
        assert np.abs(at_once - exact).mean() < 4, (strength, kept)
        assert np.percentile(np.abs(at_once - exact), 99) < 25, (strength, kept)
    expect(keep).to_be_enabled()


@BOTH
def test_what_was_chosen_is_downloaded_kept_and_saved(
    site: LiveSite, visit: Callable[..., Visitor], phone_photo: Path, tmp_path: Path, screen: dict[str, object]
) -> None:
    visitor = visit(site, **screen)
    page = visitor.page
    sign_up(visitor, f"keeper_{len(screen)}")
    job = paint(visitor, phone_photo)
    set_strength(page, "0.4")
    page.get_by_label("File", exact=True).select_option("png")
    expect(page.locator("[data-finish-facts]")).to_contain_text(re.compile("KB|MB"))
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download").click()
    assert waiting.value.suggested_filename.endswith(".png")
    waiting.value.save_as(tmp_path / "painting.png")
    with Image.open(tmp_path / "painting.png") as painting:
        assert (painting.format, painting.size) == ("PNG", (192, 256))

    page.get_by_role("button", name="Keep these choices").click()
    expect(page.get_by_role("status").first).to_contain_text("Kept")
    row = site.job(job)
    assert (row.strength, row.format) == (0.4, "PNG")
    expect(page.locator("#id_strength")).to_have_value("0.4")

    set_strength(page, "0.7")
    save_to_gallery(visitor)
    row = site.job(job)
    assert (row.strength, row.format) == (0.7, "PNG")
    expect(page.get_by_role("definition").filter(has_text="70%")).to_be_visible()


def test_without_scripts_the_choices_are_kept_by_their_button(
    site: LiveSite, visit: Callable[..., Visitor], phone_photo: Path
) -> None:
    visitor = visit(site, java_script_enabled=False, **PHONE)
    page = visitor.page
    sign_up(visitor, "unscripted_finisher")
    choose(visitor, phone_photo)
    job = submit(visitor)
    expect(page.locator(PICTURE)).to_be_visible()
    page.get_by_role("slider", name="Strength").press("Home")
    page.get_by_role("checkbox", name="Keep colours").check()
    page.get_by_role("button", name="Keep these choices").click()
    expect(page.get_by_text("Kept: this is your painting now.")).to_be_visible()
    visitor.look("result-unscripted")
    row = site.job(job)
    assert (row.strength, bool(row.keep_colors)) == (0, True)


@BOTH
def test_zooming_to_pixels_and_moving_about(
    site: LiveSite, visit: Callable[..., Visitor], phone_photo: Path, screen: dict[str, object]
) -> None:
    visitor = visit(site, **screen)
    page = visitor.page
    sign_in(visitor, "charlie")
    choose(visitor, phone_photo)
    page.get_by_role("slider", name="Longest side in pixels").press("PageUp")
    submit(visitor)
    picture, box = page.locator(PICTURE), page.locator("[data-zoom-box]")
    expect(picture).to_be_visible()
    width = int(picture.get_attribute("width") or 0)
    fitted = box.bounding_box()
    for name, times in (("100%", 1), ("200%", 2)):
        page.get_by_role("button", name=name).click()
        expect(page.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")
        shown = picture.evaluate("image => image.getBoundingClientRect().width * devicePixelRatio")
        assert shown == pytest.approx(times * width, abs=1)
        visitor.look(f"zoom-{times}")
    assert box.bounding_box() == fitted, "nothing around it has moved"
    expect(page.locator("[data-compare-photo]")).to_have_attribute("src", re.compile("strength=0"))

    def place() -> tuple[float, float]:
        left, top = box.evaluate("box => [box.scrollLeft, box.scrollTop]")
        return left, top

    start = place()
    box.focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_function("top => document.querySelector('[data-zoom-box]').scrollTop > top", arg=start[1])
    before = None
    while before != (before := place()):  # keys move it smoothly
        page.wait_for_timeout(300)
    area = box.bounding_box()
    assert area is not None
    if not screen:
        page.mouse.move(area["x"] + 200, area["y"] + 200)
        page.mouse.down()
        page.mouse.move(area["x"] + 150, area["y"] + 170, steps=3)
        page.mouse.up()
        assert place()[1] == pytest.approx(before[1] + 30, abs=1)
        slider = page.get_by_role("slider", name=re.compile("compare", re.IGNORECASE))
        expect(slider).to_have_value("50")
        knob = page.locator(".compare__knob").bounding_box()
        assert knob is not None
        page.mouse.move(knob["x"] + 5, knob["y"] + 20)
        page.mouse.down()
        page.mouse.move(knob["x"] + 60, knob["y"] + 20, steps=3)
        page.mouse.up()
        expect(slider).not_to_have_value("50")
    page.keyboard.press("0")
    expect(page.get_by_role("button", name="Fit")).to_have_attribute("aria-pressed", "true")
    assert box.bounding_box() == fitted
    box.dblclick(position={"x": area["width"] / 2, "y": area["height"] / 3})
    expect(page.get_by_role("button", name="100%")).to_have_attribute("aria-pressed", "true")
