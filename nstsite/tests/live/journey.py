"""The steps of the main job as a person takes them, from signing up to signing out."""

from __future__ import annotations

import re
from pathlib import Path
from uuid import UUID

from playwright.sync_api import Page, expect

from nstsite.tests.live.program import PASSWORD
from nstsite.tests.live.visitor import Visitor

JOB_ADDRESS = re.compile(r"/stylizations/([0-9a-f-]{36})/$")
ARTWORK_ADDRESS = re.compile(r"/gallery/([0-9a-f-]{36})/$")


def sign_up(visitor: Visitor, username: str) -> None:
    """Create an account from the front page; ends in the studio."""
    page = visitor.page
    visitor.go("/", "landing")
    page.get_by_role("link", name="Create an account").click()
    page.locator("input[name=username]").fill(username)
    page.locator("input[name=password1]").fill(PASSWORD)
    page.locator("input[name=password2]").fill(PASSWORD)
    visitor.look("sign-up")
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    expect(page).to_have_url(f"{visitor.url}/studio/")
    visitor.look("studio-empty")


def sign_in(visitor: Visitor, username: str) -> None:
    """Sign in with the account that the installation has from the start; ends in the studio."""
    page = visitor.page
    visitor.go("/accounts/login/", "sign-in")
    page.locator("input[name=login]").fill(username)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{visitor.url}/studio/")


def choose(visitor: Visitor, photo: Path) -> None:
    """Choose a photo, the first style by its picture, and the smallest size, 256 pixels, by the keyboard."""
    page = visitor.page
    page.locator("input[name=photo]").set_input_files(photo)
    page.locator("label:has(input[name=style]) img").first.click()
    expect(page.locator("input[name=style]").first).to_be_checked()
    slider = page.get_by_role("slider", name="Longest side in pixels")
    slider.press("Home")
    expect(slider).to_have_value("256")


def submit(visitor: Visitor) -> str:
    """Press Stylize and return the id of the job whose page comes up."""
    visitor.page.get_by_role("button", name="Stylize").click()
    return _id_in_address(visitor.page, JOB_ADDRESS)


def see_result(visitor: Visitor, width: int, height: int) -> None:
    """Wait until photo and painting are there, loaded and of this size."""
    page = visitor.page
    painting = page.locator('img[src*="/files/result/"]')
    expect(painting).to_be_visible()
    assert natural_size(page, 'img[src*="/files/result/"]') == (width, height)
    before_width, before_height = natural_size(page, 'img[src*="/files/before/"]')
    assert before_width * height == before_height * width
    visitor.look("result")


def save_to_gallery(visitor: Visitor) -> str:
    """Keep the painting and return the id of the artwork whose page comes up."""
    visitor.page.get_by_role("button", name="Save to gallery").click()
    artwork = _id_in_address(visitor.page, ARTWORK_ADDRESS)
    visitor.look("artwork")
    return artwork


def sign_out(visitor: Visitor) -> None:
    """Sign out from the account menu; ends on the front page."""
    page = visitor.page
    page.locator("header summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{visitor.url}/")
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    answer = visitor.fetch("/studio/")
    assert answer.status == 302
    assert answer.headers["location"].startswith("/accounts/login/")


def natural_size(page: Page, selector: str) -> tuple[int, int]:
    """Return a picture's own width and height once it is loaded and decoded."""
    script = "async image => { await image.decode(); return [image.naturalWidth, image.naturalHeight]; }"
    width, height = page.locator(selector).first.evaluate(script)
    return width, height


def _id_in_address(page: Page, pattern: re.Pattern[str]) -> str:
    page.wait_for_url(pattern)
    match = pattern.search(page.url)
    assert match is not None
    return str(UUID(match[1]))
