"""One's own account, in a browser: a token made and used, a device signed out, everything taken along, all deleted."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from nstsite.tests.live.journey import choose, sign_in, sign_up, submit
from nstsite.tests.live.live_site import LiveSite
from nstsite.tests.live.program import PASSWORD
from nstsite.tests.live.visitor import DESKTOP, PHONE, Visitor

pytestmark = pytest.mark.timeout(900)
PAGES = ("/account/", "/accounts/email/", "/accounts/password/change/", "/account/sessions/", "/account/tokens/")


@pytest.fixture(scope="module")
def site(new_site: Callable[..., LiveSite]) -> LiveSite:
    """Without a worker: the photo waits until it is deleted with its account."""
    site = new_site()
    site.start_web()
    return site


def stored_files(site: LiveSite) -> set[str]:
    media = site.data_dir / "media"
    return {str(path.relative_to(media)) for path in media.rglob("*") if path.is_file()}


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_an_account_from_its_token_to_its_end(
    site: LiveSite, visit: Callable[..., Visitor], phone_photo: Path, tmp_path: Path, screen: dict
) -> None:
    before = stored_files(site)
    visitor = visit(site, **screen)
    page = visitor.page
    name = f"a_name_longer_than_any_telephone_is_wide_{screen['viewport']['width']}"
    sign_up(visitor, name)
    choose(visitor, phone_photo)
    submit(visitor)

    page.locator("summary", has_text=name).click()
    page.get_by_role("link", name="Account", exact=True).click()
    expect(page.get_by_role("heading", name="Account", level=1)).to_be_visible()
    expect(page.locator("main")).to_contain_text(re.compile(r"[\d.]+ [kM]B used"))
    visitor.look("account")
    for path in PAGES:
        visitor.go(path)

    page.get_by_label("Name").fill("My phone")
    page.get_by_role("button", name="Make token").click()
    page.locator("input[name=password]").fill(PASSWORD)
    visitor.look("reauthenticate")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="“My phone” is made")).to_be_visible()
    visitor.look("token-made")
    token = page.locator("#token").input_value()
    program = {"Authorization": f"Token {token}"}
    jobs = f"{site.url}/api/v1/stylizations/"
    assert len(visit(site).context.request.get(jobs, headers=program).json()["results"]) == 1
    visitor.go("/account/tokens/", "tokens")
    assert token not in page.content()
    page.get_by_role("button", name="Revoke My phone").click()
    expect(page.get_by_role("button", name="Revoke My phone")).to_have_count(0)
    assert visit(site).context.request.get(jobs, headers=program).status == 401

    visitor.go("/account/data/", "your-data")
    with page.expect_download() as started:
        page.get_by_role("button", name="Download everything").click()
    archive = tmp_path / "everything.zip"
    started.value.save_as(archive)
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        manifest = json.loads(opened.read("manifest.json"))
        (upload,) = [file for file in manifest["files"] if (file["of"], file["field"]) == ("stylizer.photo", "file")]
        assert opened.read(upload["path"]) == phone_photo.read_bytes()
    assert manifest["account"]["username"] == name

    page.get_by_role("link", name="Delete account").click()
    expect(page.get_by_role("heading", name="Delete your account?")).to_be_visible()
    visitor.look("delete-account")
    page.get_by_label("Your username").fill(name)
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_text("Your account is deleted, with everything in it.")).to_be_visible()
    expect(page).to_have_url(f"{site.url}/")
    assert stored_files(site) == before
    assert visit(site).context.request.get(jobs, headers=program).status == 401


def test_signing_another_device_out(site: LiveSite, visit: Callable[..., Visitor]) -> None:
    desk, phone = visit(site), visit(site, **PHONE)
    for visitor in (desk, phone):
        sign_in(visitor, "alice")
    desk.go("/account/sessions/", "devices")
    expect(desk.page.get_by_text("This device", exact=True)).to_have_count(1)
    desk.page.get_by_role("button", name=re.compile(r"^Sign out Chrome on \w+$")).click()
    expect(desk.page.get_by_text("is signed out.")).to_be_visible()
    phone.page.goto("/studio/")
    expect(phone.page).to_have_url(f"{site.url}/accounts/login/?next=/studio/")
    desk.go("/studio/")
