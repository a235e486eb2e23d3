"""A live site with something on every page of the tour."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.urls import reverse

from nstsite.tests.live.live_site import LiveSite
from nstsite.tests.live.members import holding
from nstsite.tests.live.tour import Page


@dataclass
class Furnished:
    """The running site, who has which session there, and what furnish.py made."""

    site: LiveSite
    sessions: dict[str, str]
    things: dict[str, str]

    @classmethod
    def set_up(cls, folder: Path, *options: str) -> Furnished:
        """Start a site in an empty folder; ``options`` are those of furnish.py."""
        site = LiveSite(folder)
        site.run("bin/prepare.py", "--unmeasured")
        made = json.loads(site.run("-m", "nstsite.tests.live.furnish", *options, seconds=900).splitlines()[-1])
        site.start_web()
        return cls(site, **made)

    def address(self, page: Page) -> str:
        """Return where ``page`` is on this site."""
        query = page.query.format(**self.things)
        return reverse(page.name, args=[part.format(**self.things) for part in page.args]) + query

    def signed_in(self, who: str) -> dict[str, Any]:
        """Return the browser's state of somebody who signed in earlier."""
        return {} if who == "anyone" else holding(self.sessions[who])
