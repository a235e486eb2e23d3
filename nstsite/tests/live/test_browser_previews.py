"""Every style on one's own photo, in a real browser: they come by themselves, and without scripts nothing is missed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from nstsite.tests.live.journey import choose, sign_in, sign_up, submit
from nstsite.tests.live.live_site import LiveSite
from nstsite.tests.live.visitor import PHONE, Visitor

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def site(new_site: Callable[..., LiveSite]) -> LiveSite:
    site = new_site()
    site.start_web()
    site.start_worker()
    return site


@pytest.mark.parametrize("screen", [{}, PHONE], ids=["desktop", "phone"])
def test_the_styles_show_ones_own_photo_below_a_result_and_in_the_studio(
    site: LiveSite, visit: Callable[..., Visitor], phone_photo: Path, screen: dict[str, Any]
) -> None:
    visitor = visit(site, **screen)
    page = visitor.page
    sign_up(visitor, f"chooser{len(screen)}")
    choose(visitor, phone_photo)
    submit(visitor)
    expect(page.locator("[data-compare-picture]")).to_be_visible()
    catalog = page.locator(".style-strip li")
    expect(page.locator('.style-strip img[src*="/previews/"]')).to_have_count(catalog.count())
    shown = page.locator(".style-strip img").first
    assert shown.evaluate("async image => { await image.decode(); return image.naturalWidth; }") == 192
    preview = shown.get_attribute("src") or ""
    visitor.look("result-styles")

    page.get_by_role("link", name="Try another style").click()
    cards = page.locator("[data-previews] [data-style]")
    expect(page.locator('[data-previews] img[src*="/previews/"]')).to_have_count(cards.count())
    visitor.look("studio-own-previews")
    page.locator("[data-tile-remove]").click()
    expect(page.locator('[data-previews] img[src*="/previews/"]')).to_have_count(0)

    stranger = visit(site)
    assert stranger.fetch(preview).status == 302
    sign_in(stranger, "charlie")
    assert stranger.fetch(preview).status == 404

    unscripted = visit(site, java_script_enabled=False, storage_state=visitor.context.storage_state())
    unscripted.page.goto(page.url)
    expect(unscripted.page.locator("[data-previews] img").first).to_have_attribute("src", re.compile("/styles/"))
