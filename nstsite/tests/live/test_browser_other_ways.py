"""The main job on a phone, without scripts, and after a bad upload."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from nstsite.tests.live.journey import (
    choose,
    natural_size,
    save_to_gallery,
    see_result,
    sign_in,
    sign_out,
    sign_up,
    submit,
)
from nstsite.tests.live.live_site import LiveSite
from nstsite.tests.live.visitor import PHONE, Visitor
from stylizer.tests import pictures

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def site(new_site: Callable[..., LiveSite]) -> LiveSite:
    site = new_site()
    site.start_web()
    site.start_worker()
    return site


@pytest.fixture
def not_a_photo(tmp_path: Path) -> Path:
    path = tmp_path / "letter.jpg"
    path.write_text("Dear Theo, this is a letter and no photo.\n")
    return path


def test_on_a_phone_nothing_has_to_be_scrolled_sideways(
    site: LiveSite, visit: Callable[..., Visitor], phone_photo: Path
) -> None:
    visitor = visit(site, **PHONE)
    page = visitor.page
    for path in ("/gallery/", "/accounts/login/", "/accounts/password/reset/"):
        visitor.go(path)
    sign_up(visitor, "a_name_far_longer_than_any_telephone_is_wide")
    for path in ("/stylizations/", "/gallery/mine/", "/accounts/password/change/", "/accounts/email/"):
        visitor.go(path)
    visitor.go("/studio/")
    choose(visitor, phone_photo)
    visitor.look("studio")
    submit(visitor)
    visitor.look("waiting")
    see_result(visitor, 192, 256)
    artwork = save_to_gallery(visitor)
    page.locator("input[name=title]").fill("Anoverlongtitlewithoutanyspaceinit" * 3)
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", name="Anoverlongtitle")).to_be_visible()
    visitor.look("renamed-artwork")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("button", name="Make private")).to_be_visible()
    visitor.go("/gallery/mine/", "my-gallery")
    visitor.go("/gallery/", "public-gallery")
    expect(page.locator(f'a[href="/gallery/{artwork}/"]')).to_be_visible()
    visitor.go("/stylizations/", "history")
    sign_out(visitor)


def test_without_scripts_the_page_renews_itself_until_the_painting_is_there(
    site: LiveSite, visit: Callable[..., Visitor], phone_photo: Path
) -> None:
    visitor = visit(site, java_script_enabled=False)
    sign_up(visitor, "vincent")
    choose(visitor, phone_photo)
    job = submit(visitor)
    see_result(visitor, 192, 256)
    assert visitor.page.url.endswith(f"/stylizations/{job}/")
    save_to_gallery(visitor)
    sign_out(visitor)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_text_file_called_jpg_is_refused_beside_the_field_and_the_next_photo_is_taken(
    site: LiveSite, visit: Callable[..., Visitor], not_a_photo: Path, phone_photo: Path, scripts: bool
) -> None:
    visitor = visit(site, java_script_enabled=scripts)
    page = visitor.page
    sign_in(visitor, "charlie")
    jobs = len(site.jobs())
    field = page.locator("input[name=photo]")
    field.set_input_files(not_a_photo)
    if not scripts:
        page.get_by_role("button", name="Stylize").click()
    message = page.locator("[data-tile-error]" if scripts else '[data-errors="photo"]')
    expect(message).to_contain_text(re.compile("This file (is not|cannot be opened as) a photo"))
    if not scripts:
        visitor.forgive("400")
        expect(field).to_have_attribute("aria-invalid", "true")
        assert set((field.get_attribute("aria-describedby") or "").split()) & {message.get_attribute("id")}
    visitor.look("refused")
    assert len(site.jobs()) == jobs

    if scripts:
        page.get_by_role("button", name="Remove letter.jpg").click()
        expect(message).to_have_count(0)
    choose(visitor, phone_photo)
    # The smallest would be painted before anybody could cancel it.
    page.get_by_role("slider", name="Longest side in pixels").press("End")
    submit(visitor)
    assert len(site.jobs()) == jobs + 1
    visitor.page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#job-status")).to_contain_text(re.compile("cancelled", re.IGNORECASE))


def test_a_photo_that_only_the_server_refuses_shows_its_reason_and_stays_chosen(
    site: LiveSite, visit: Callable[..., Visitor], phone_photo: Path, tmp_path: Path
) -> None:
    visitor = visit(site)
    page = visitor.page
    sign_in(visitor, "charlie")
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(phone_photo.read_bytes()[:2_000_000])
    choose(visitor, cut)
    expect(page.locator("[data-tile-error]")).to_contain_text("damaged or incomplete")
    visitor.forgive("400")
    expect(page.locator("[data-tile-facts]")).to_contain_text("cut.jpg")
    jobs = len(site.jobs())
    page.get_by_role("button", name="Stylize").click()
    expect(page.locator('[data-errors="photo"]')).to_contain_text("Remove the photo that cannot be used")
    assert len(site.jobs()) == jobs
    page.get_by_role("button", name="Remove cut.jpg").click()
    choose(visitor, phone_photo)
    submit(visitor)


def test_a_heic_that_the_browser_cannot_show_is_shown_by_the_server_and_painted(
    site: LiveSite, visit: Callable[..., Visitor], tmp_path: Path
) -> None:
    heic = tmp_path / "IMG_0001.HEIC"
    heic.write_bytes(pictures.encoded(pictures.photo(400, 300), "HEIF"))
    visitor = visit(site)
    page = visitor.page
    sign_in(visitor, "charlie")
    choose(visitor, heic)
    expect(page.locator("[data-tile-facts]")).to_have_text("IMG_0001.HEIC, 400 × 300 px")
    assert natural_size(page, "[data-tile-image]") == (400, 300)
    expect(page.locator("[data-tile-error]")).to_have_text("")
    visitor.look("photo-shown-by-the-server")
    submit(visitor)
    see_result(visitor, 256, 192)
