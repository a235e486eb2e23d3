"""Every page, on a desktop and a phone, light and dark: usable by everybody, quiet, steady, and with nobody else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.urls import reverse

from nstsite.tests.live.axe import axe_source, violations
from nstsite.tests.live.layout_shift import layout_shifts, observe_layout_shifts, scroll_through
from nstsite.tests.live.live_site import LiveSite
from nstsite.tests.live.tour import PAGES, Page
from nstsite.tests.live.visitor import DESKTOP, PHONE, Visitor

MOST_SHIFT = 0.05


@dataclass
class Furnished:
    """A live site with something on every page."""

    site: LiveSite
    sessions: dict[str, str]
    things: dict[str, str]

    def address(self, page: Page) -> str:
        return reverse(page.name, args=[part.format(**self.things) for part in page.args]) + page.query.format(
            **self.things
        )

    def signed_in(self, who: str) -> dict[str, Any]:
        """Return the browser's state of somebody who signed in earlier."""
        if who == "anyone":
            return {}
        cookie = {"name": "sessionid", "value": self.sessions[who], "domain": "127.0.0.1", "path": "/"}
        return {"storage_state": {"cookies": [cookie | {"httpOnly": True, "secure": False, "sameSite": "Lax"}]}}


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    axe_source()  # before anything takes long
    site = LiveSite(tmp_path_factory.mktemp("furnished"))
    site.run("bin/prepare.py", "--unmeasured")
    made = json.loads(site.run("-m", "nstsite.tests.live.furnish").splitlines()[-1])
    site.start_web()
    yield Furnished(site, **made)
    site.stop()


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("page", PAGES, ids=str)
def test_page(page: Page, device: dict[str, Any], furnished: Furnished, visit: Callable[..., Visitor]) -> None:
    visitor = visit(furnished.site, reduced_motion="reduce", **device, **furnished.signed_in(page.who))
    observe_layout_shifts(visitor.context)
    visitor.go(furnished.address(page), status=page.status)
    scroll_through(visitor.page)
    shift, moved = layout_shifts(visitor.page)
    # In the administration it is Django's side bar, which its script opens.
    assert shift <= MOST_SHIFT or page.name.startswith("admin:"), moved
    for scheme in ("light", "dark"):
        visitor.page.emulate_media(color_scheme=scheme)
        visitor.look(f"{page.file_name()}-{scheme}")
        assert violations(visitor.page) == [], scheme
