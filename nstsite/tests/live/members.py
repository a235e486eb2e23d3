"""People who have signed in to a live site before a test begins, each test's own and for each device others."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from nstsite.tests.live.live_site import LiveSite
from nstsite.tests.live.visitor import DESKTOP, PHONE, Visitor

DEVICES: dict[str, dict[str, Any]] = {"desktop": DESKTOP, "phone": PHONE}
Enter = Callable[..., Visitor]


def make_members(site: LiveSite, *people: str, crowd: int = 0) -> dict[str, str]:
    """Return who → session cookie: bob, and ``people``, as make_members.py takes them, each once for each device."""
    members = [f"{name}_{device}{equals}{counts}" for device in DEVICES for name, equals, counts in map(_parts, people)]
    arguments = ["-m", "nstsite.tests.live.make_members", "--crowd", str(crowd), "bob", *members]
    return dict(json.loads(site.run(*arguments, seconds=600).splitlines()[-1]))


def holding(session: str) -> dict[str, Any]:
    """Return the state of a browser that has this session's cookie."""
    cookie = {"name": "sessionid", "value": session, "domain": "127.0.0.1", "path": "/"}
    return {"storage_state": {"cookies": [cookie | {"httpOnly": True, "secure": False, "sameSite": "Lax"}]}}


def _parts(person: str) -> tuple[str, str, str]:
    return person.partition("=")
