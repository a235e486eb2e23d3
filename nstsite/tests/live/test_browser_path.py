"""The main job by hand: sign up, upload, wait, compare, keep, publish, sign out, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from nstsite.tests.live.drawing import likeness
from nstsite.tests.live.held_worker import held
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
from nstsite.tests.live.visitor import Visitor

pytestmark = pytest.mark.timeout(900)


def test_from_signing_up_to_signing_out(
    new_site: Callable[..., LiveSite], visit: Callable[..., Visitor], phone_photo: Path, tmp_path: Path
) -> None:
    site = new_site()
    site.start_web()
    alice = visit(site)
    page = alice.page
    sign_up(alice, "ada")
    choose(alice, phone_photo)
    expect(page.locator("output[for=id_size]")).to_have_text("192 × 256 px")
    assert natural_size(page, "[data-tile-image]") == (3000, 4000)
    alice.look("studio")
    job = submit(alice)

    see_the_wait_without_reloading(alice, site, job)
    see_result(alice, 192, 256)
    compare_with_the_keyboard(alice)
    download(alice, tmp_path)
    artwork = save_to_gallery(alice)
    expect(page.get_by_role("status")).to_contain_text("Saved to your gallery")
    page.get_by_role("link", name="My gallery", exact=True).click()
    expect(page.locator(f'a[href="/gallery/{artwork}/"]')).to_be_visible()
    assert natural_size(page, f'img[src="/gallery/{artwork}/files/thumbnail/"]') == (192, 256)
    alice.look("my-gallery")

    charlie = visit(site)
    sign_in(charlie, "charlie")
    addresses = private_addresses(job, artwork)
    for address in addresses:
        assert alice.fetch(address).status == 200, address
        assert charlie.fetch(address).status == 404, address
    stranger = visit(site)
    for address in addresses:
        assert stranger.fetch(address).status in {302, 401, 404}, address
    for name in site.files_of(job):
        assert alice.fetch(f"/media/stylizations/{job[:2]}/{job}/{name}").status == 404

    publish_and_take_back(alice, stranger, artwork)
    sign_out(alice)


def see_the_wait_without_reloading(visitor: Visitor, site: LiveSite, job: str) -> None:
    """No worker runs yet: the photo waits; then one paints it. All that time it is the same page."""
    page = visitor.page
    polls: list[str] = []
    page.on("request", lambda request: polls.append(request.url) if request.url.endswith("/status/") else None)
    page.evaluate("window.stayed = true")
    expect(page.locator("#job-status")).to_contain_text("Next in the queue")
    visitor.look("waiting")
    with page.expect_response(re.compile("/status/$")) as response:
        pass
    assert response.value.status == 200
    assert polls

    worker = site.start_worker()
    with held(site, worker, lambda: site.job(job).status == "running"):  # seen however fast the machine paints
        assert site.job(job).status == "running", "it was painted before it could be held"
        expect(page.locator("#job-status")).to_contain_text("Painting")
        expect(page.get_by_role("progressbar", name="Progress")).to_be_visible()
        assert page.evaluate("window.stayed") is True
        visitor.look("painting")
    expect(page.locator("[data-compare]")).to_be_visible()
    # The end brings the whole page anew, and with it the comparison's script.
    assert page.evaluate("window.stayed") is None


def compare_with_the_keyboard(visitor: Visitor) -> None:
    slider = visitor.page.get_by_role("slider", name=re.compile("compare", re.IGNORECASE))
    frame = visitor.page.locator("[data-compare]")
    slider.press("Home")
    expect(slider).to_have_value("0")
    painting = frame.screenshot()
    slider.press("End")
    expect(slider).to_have_value("100")
    photo = frame.screenshot()
    assert painting != photo
    for _ in range(3):
        slider.press("ArrowLeft")
    expect(slider).to_have_value("97")


def download(visitor: Visitor, folder: Path) -> None:
    with visitor.page.expect_download() as waiting:
        visitor.page.get_by_role("link", name="Download").click()
    assert waiting.value.suggested_filename.endswith(".jpg")
    waiting.value.save_as(folder / "painting.jpg")
    with Image.open(folder / "painting.jpg") as painting:
        assert (painting.format, painting.size) == ("JPEG", (192, 256))
        alike = likeness(painting)
    assert max(alike, key=alike.__getitem__) == "upright", alike
    assert alike["upright"] > 0.5


def private_addresses(job: str, artwork: str) -> list[str]:
    return [
        f"/stylizations/{job}/",
        f"/stylizations/{job}/status/",
        *(f"/stylizations/{job}/files/{kind}/" for kind in ("before", "result", "thumbnail")),
        f"/api/v1/stylizations/{job}/",
        f"/api/v1/stylizations/{job}/result/",
        f"/gallery/{artwork}/",
        *(f"/gallery/{artwork}/files/{kind}/" for kind in ("image", "thumbnail")),
    ]


def publish_and_take_back(owner: Visitor, stranger: Visitor, artwork: str) -> None:
    page, theirs = owner.page, stranger.page
    page.locator(f'a[href="/gallery/{artwork}/"]').click()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("button", name="Make private")).to_be_visible()

    stranger.go("/gallery/", "public-gallery")
    theirs.locator(f'a[href="/gallery/{artwork}/"]').click()
    theirs.wait_for_url(f"**/gallery/{artwork}/")
    assert natural_size(theirs, 'img[src$="/files/image/"]') == (192, 256)
    stranger.look("public-artwork")

    page.get_by_role("button", name="Make private").click()
    expect(page.get_by_role("button", name="Publish")).to_be_visible()
    for address in (f"/gallery/{artwork}/", *(f"/gallery/{artwork}/files/{kind}/" for kind in ("image", "thumbnail"))):
        assert stranger.fetch(address).status == 404, address
    stranger.go("/gallery/")
    expect(theirs.locator(f'a[href="/gallery/{artwork}/"]')).to_have_count(0)
