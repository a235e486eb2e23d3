"""Several photos and styles at once, by hand: sent as they are chosen, painted as one batch, stopped, downloaded."""

from __future__ import annotations

import io
import re
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from nstsite.tests.live.drawing import photo
from nstsite.tests.live.journey import sign_in, sign_up
from nstsite.tests.live.live_site import LiveSite
from nstsite.tests.live.visitor import PHONE, Visitor
from stylizer.tests import pictures

pytestmark = pytest.mark.timeout(900)
BATCH_ADDRESS = re.compile(r"/batches/([0-9a-f-]{36})/$")


@pytest.fixture(scope="module")
def site(new_site: Callable[..., LiveSite]) -> LiveSite:
    site = new_site()
    site.start_web()
    return site


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """Two that every browser shows and one that only the server does."""
    paths = [tmp_path / name for name in ("beach.jpg", "harbour.jpg", "IMG_0001.HEIC")]
    for path, content in zip(
        paths, (photo(640, 480), photo(480, 640), pictures.encoded(pictures.photo(400, 300), "HEIF")), strict=True
    ):
        path.write_bytes(content)
    return paths


def tiles(visitor: Visitor, state: str):
    return visitor.page.locator(f'[data-tile][data-state="{state}"]')


def states_of_its_jobs(site: LiveSite, address: str) -> list[str]:
    """Return how the jobs of a batch's page stand; the tests share one site and come in any order."""
    found = BATCH_ADDRESS.search(address)
    assert found, address
    return [job.status for job in site.jobs() if job.batch_id and uuid.UUID(job.batch_id) == uuid.UUID(found[1])]


def test_photos_are_sent_as_they_are_chosen_and_become_a_batch(
    site: LiveSite, visit: Callable[..., Visitor], photos: list[Path], tmp_path: Path
) -> None:
    visitor = visit(site)
    page = visitor.page
    sign_in(visitor, "alice")
    letter = tmp_path / "letter.jpg"
    letter.write_text("Dear Theo, this is no photo.\n")
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(photo(1600, 1200)[:60_000])
    field = page.locator("input[name=photo]")
    field.set_input_files(photos)
    expect(tiles(visitor, "stored")).to_have_count(3)
    # The browser cannot show the HEIC; the server's copy stands in for it.
    for number in range(3):
        assert (
            tiles(visitor, "stored")
            .nth(number)
            .locator("img")
            .evaluate("async image => { await image.decode(); return image.naturalWidth > 0; }")
        )
    field.set_input_files([letter, cut])
    refused = tiles(visitor, "refused")
    expect(refused).to_have_count(2)
    expect(refused.filter(has_text="letter.jpg")).to_contain_text("cannot be opened as a photo")
    expect(refused.filter(has_text="cut.jpg")).to_contain_text(re.compile("damaged|cannot be opened"))
    visitor.problems = [problem for problem in visitor.problems if "400" not in problem]
    visitor.look("studio-several")
    page.get_by_role("button", name="Stylize").click()
    expect(page.locator('[data-errors="photo"]')).to_contain_text("Remove the photo that cannot be used")
    for name in ("letter.jpg", "cut.jpg"):
        page.get_by_role("button", name=f"Remove {name}").click()
    expect(refused).to_have_count(0)
    page.get_by_role("slider", name="Longest side in pixels").press("Home")
    expect(page.get_by_role("button", name="Stylize")).to_have_text("Stylize: 3 paintings")
    page.get_by_role("button", name="Stylize").click()
    page.wait_for_url(BATCH_ADDRESS)
    assert states_of_its_jobs(site, page.url) == ["queued"] * 3
    expect(page.locator("#batch-status")).to_contain_text("0 of 3 painted")
    visitor.look("batch-waiting")

    page.evaluate("window.stayed = true")
    site.start_worker()
    expect(page.locator("#batch-status")).to_contain_text("3 of 3 painted")
    expect(page).to_have_title(re.compile("^Done · 3 photos"))
    assert page.evaluate("window.stayed") is True, "the results came without a reload"
    expect(page.locator('#batch-status img[src*="/files/thumbnail/"]')).to_have_count(3)
    visitor.look("batch-done")

    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download 3 as ZIP").click()
    waiting.value.save_as(tmp_path / "paintings.zip")
    with zipfile.ZipFile(tmp_path / "paintings.zip") as archive:
        assert archive.testzip() is None
        stems = [name.partition("–")[0] for name in archive.namelist()]
        assert stems == ["beach", "harbour", "IMG_0001"]
        sizes = []
        for name in archive.namelist():
            with Image.open(io.BytesIO(archive.read(name))) as painting:
                sizes.append(painting.size)
        assert sizes == [(256, 192), (192, 256), (256, 192)]


def test_one_photo_in_several_styles_on_a_phone_and_the_rest_cancelled(
    site: LiveSite, visit: Callable[..., Visitor], photos: list[Path]
) -> None:
    for group in site.groups[1:]:  # whatever paints
        group.ask_to_stop()
        group.wait_until_gone()
    visitor = visit(site, **PHONE)
    page = visitor.page
    sign_up(visitor, "batcher")
    page.locator("input[name=photo]").set_input_files(photos[0])
    expect(tiles(visitor, "stored")).to_have_count(1)
    expect(page.get_by_text("Take a photo")).to_be_visible()
    page.get_by_role("button", name="Pick several").click()
    styles = page.locator("input[name=style]")
    count = styles.count()
    for number in range(1, count):
        page.locator("label:has(input[name=style]) img").nth(number).click()
    expect(page.locator("input[name=style]:checked")).to_have_count(count)
    visitor.look("studio-styles")
    page.get_by_role("button", name="Stylize").click()
    page.wait_for_url(BATCH_ADDRESS)
    visitor.look("batch")
    page.get_by_role("button", name="Cancel the rest").click()
    expect(page.get_by_text(f"{count} cancelled.")).to_be_visible()
    assert states_of_its_jobs(site, page.url) == ["cancelled"] * count
    visitor.look("batch-cancelled")


def test_without_scripts_several_files_are_posted_together(
    site: LiveSite, visit: Callable[..., Visitor], photos: list[Path]
) -> None:
    visitor = visit(site, java_script_enabled=False)
    page = visitor.page
    sign_up(visitor, "plain")
    page.locator("input[name=photo]").set_input_files(photos)
    page.get_by_role("button", name="Stylize").click()
    page.wait_for_url(BATCH_ADDRESS)
    expect(page.locator("#batch-status")).to_contain_text("0 of 3 painted")
    page.get_by_role("button", name="Cancel the rest").click()
    expect(page.locator("#batch-status")).to_contain_text("3 cancelled")
