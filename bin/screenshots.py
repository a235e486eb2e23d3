"""Make pictures of every page with something on it, light and dark, as on a desktop and on a phone.

    .venv/bin/python bin/screenshots.py FOLDER [--only WORDS] [--readme]

Starts a site of its own in a temporary folder, whose paintings are real, so the first minutes go by before the first
page. ``--only`` takes the pages in whose row of nstsite/tests/live/tour.py these words stand; ``--readme`` makes those
that stand in the README, docs/images/, anew. Needs what the tests need: make setup-dev, and Chromium.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

PROJECT_DIR = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT_DIR))
os.environ["DJANGO_SETTINGS_MODULE"] = "nstsite.tests.settings"

import django  # noqa: E402

django.setup()

from PIL import Image  # noqa: E402
from playwright.sync_api import Browser, sync_playwright  # noqa: E402

from nstsite.tests.live.chromium import ARGUMENTS, chromium_path  # noqa: E402
from nstsite.tests.live.furnished import Furnished  # noqa: E402
from nstsite.tests.live.layout_shift import scroll_through  # noqa: E402
from nstsite.tests.live.tour import PAGES, Page  # noqa: E402
from nstsite.tests.live.visitor import DESKTOP, PHONE, Visitor  # noqa: E402

DEVICES: dict[str, dict[str, Any]] = {"desktop": DESKTOP, "phone": PHONE}
README = {
    "front-page": ("home", "anyone", "desktop", "light"),
    "studio": ("stylizer:studio", "alice", "desktop", "light"),
    "result": ("stylizer:detail", "alice", "desktop", "dark"),
    "gallery": ("gallery:public", "anyone", "desktop", "light"),
    "gallery-phone": ("gallery:mine", "alice", "phone", "dark"),
    "style": ("gallery:style", "anyone", "desktop", "dark"),
}
"""Of each the first row of the tour with this address and person."""


def photograph(
    browser: Browser, site: Furnished, page: Page, device: str, scheme: str, target: Path, whole: bool
) -> None:
    """Open ``page`` and write its picture, ``whole`` or as much as fits into the window."""
    options = DEVICES[device] | site.signed_in(page.who)
    visitor = Visitor(browser, site.site.url, None, reduced_motion="reduce", color_scheme=scheme, **options)
    visitor.go(site.address(page), status=page.status)
    scroll_through(visitor.page)
    visitor.page.screenshot(path=target, full_page=whole)
    visitor.close()


def make_readme_pictures(browser: Browser, site: Furnished) -> None:
    """Write docs/images/NAME.webp, as much of each page as a window shows."""
    folder = PROJECT_DIR / "docs" / "images"
    folder.mkdir(exist_ok=True)
    for name, (address, who, device, scheme) in README.items():
        page = next(page for page in PAGES if (page.name, page.who) == (address, who))
        target = folder / f"{name}.png"
        photograph(browser, site, page, device, scheme, target, whole=False)
        with Image.open(target) as image:
            image.convert("RGB").save(target.with_suffix(".webp"), quality=72, method=6)
        target.unlink()


def main() -> None:
    """Make the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", metavar="WORDS")
    parser.add_argument("--readme", action="store_true")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="easel-screenshots-") as folder, sync_playwright() as playwright:
        site = Furnished.set_up(Path(folder), "--painted")
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        try:
            if options.readme:
                make_readme_pictures(browser, site)
            for page in PAGES if not options.readme or options.only else []:
                if options.only not in str(page):
                    continue
                for device in DEVICES:
                    for scheme in ("light", "dark"):
                        target = options.folder / f"{page.file_name()}-{device}-{scheme}.png"
                        photograph(browser, site, page, device, scheme, target, whole=True)
                        print(target)  # noqa: T201
        finally:
            browser.close()
            site.site.stop()


if __name__ == "__main__":
    main()
