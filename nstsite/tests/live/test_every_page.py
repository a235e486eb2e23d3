"""Every page, on a desktop and a phone, light and dark: usable by everybody, quiet, steady, and with nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from nstsite.tests.live.axe import axe_source, violations
from nstsite.tests.live.furnished import Furnished
from nstsite.tests.live.layout_shift import MOST_SHIFT, layout_shifts, observe_layout_shifts, scroll_through
from nstsite.tests.live.tour import PAGES, Page
from nstsite.tests.live.visitor import DESKTOP, PHONE, Visitor


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    axe_source()  # before anything takes long
    found = Furnished.set_up(tmp_path_factory.mktemp("furnished"))
    yield found
    found.site.stop()


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("page", PAGES, ids=str)
def test_page(page: Page, device: dict[str, Any], furnished: Furnished, visit: Callable[..., Visitor]) -> None:
    visitor = visit(furnished.site, reduced_motion="reduce", **device, **furnished.signed_in(page.who))
    observe_layout_shifts(visitor.context)
    visitor.go(furnished.address(page), status=page.status)
    scroll_through(visitor.page)
    shift, moved = layout_shifts(visitor.page)
    assert shift <= MOST_SHIFT, moved
    for scheme in ("light", "dark"):
        visitor.page.emulate_media(color_scheme=scheme)
        visitor.look(f"{page.file_name()}-{scheme}")
        assert violations(visitor.page) == [], scheme
