"""The finer choices by hand: found, read out, sent and kept, with scripts and without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from nstsite.tests.live.journey import choose, see_result, sign_in, sign_up, submit
from nstsite.tests.live.live_site import LiveSite
from nstsite.tests.live.visitor import PHONE, Visitor

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def site(new_site: Callable[..., LiveSite]) -> LiveSite:
    site = new_site()
    site.start_web()
    site.start_worker()
    return site


def press(page: Page, name: str, key: str, times: int) -> None:
    slider = page.get_by_role("slider", name=name, exact=True)
    for _ in range(times):
        slider.press(key)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_finer_choices_are_behind_more_and_are_kept_for_the_next_painting(
    site: LiveSite, visit: Callable[..., Visitor], phone_photo: Path, scripts: bool
) -> None:
    visitor = visit(site, java_script_enabled=scripts, **({} if scripts else PHONE))
    page = visitor.page
    sign_up(visitor, "scripted" if scripts else "unscripted")
    choose(visitor, phone_photo)
    expect(page.get_by_role("slider", name="Strength")).to_be_hidden()
    page.get_by_text("More", exact=True).click()
    press(page, "Strength", "ArrowLeft", 8)
    press(page, "Brush", "ArrowRight", 4)
    page.get_by_role("checkbox", name="Keep colours").check()
    page.get_by_label("File", exact=True).select_option("webp")
    page.get_by_role("spinbutton", name="Quality").fill("80")
    if scripts:
        for slider, said in (("id_strength", "60%"), ("id_stroke", "2× broader")):
            expect(page.locator(f"output[for={slider}]")).to_have_text(said)
            expect(page.locator(f"#{slider}")).to_have_attribute("aria-valuetext", said)
    visitor.look("studio-more")

    job = submit(visitor)
    see_result(visitor, 192, 256)
    row = site.job(job)
    chosen = (row.strength, bool(row.keep_colors), row.brush, row.format, row.quality)
    assert chosen == (0.6, True, 2.0, "WEBP", 80)
    for text in ("60%", "the photo’s own", "2× broader", "WebP, quality 80"):
        expect(page.get_by_role("definition").filter(has_text=text)).to_be_visible()
    painting = visitor.fetch(f"/stylizations/{job}/files/result/?download=1")
    assert painting.headers["content-type"] == "image/webp"
    assert painting.headers["content-disposition"].endswith('.webp"')

    page.get_by_role("link", name="Try another style").click()
    expect(page.get_by_role("slider", name="Strength")).to_have_value("0.6")
    expect(page.get_by_role("slider", name="Brush")).to_have_value("1")
    expect(page.get_by_role("checkbox", name="Keep colours")).to_be_checked()
    expect(page.get_by_label("File", exact=True)).to_have_value("webp")


def test_a_choice_that_cannot_be_is_seen_where_it_was_made(
    site: LiveSite, visit: Callable[..., Visitor], phone_photo: Path
) -> None:
    visitor = visit(site)
    page = visitor.page
    sign_in(visitor, "charlie")
    choose(visitor, phone_photo)
    page.get_by_text("More", exact=True).click()
    page.get_by_role("spinbutton", name="Quality").fill("800")
    page.get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Stylize").click()
    expect(page.get_by_text("The quality must be a whole number from 1 to 100.").first).to_be_visible()
    visitor.forgive("400")
