"""bench_api measures a server with a worker that it starts, through either broker, and leaves nothing behind."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from nstsite.tests.live.live_site import LiveSite


@pytest.mark.parametrize("broker", ["ORM", "Redis"])
def test_figures(request: pytest.FixtureRequest, new_site: Callable[..., LiveSite], broker: str) -> None:
    site = new_site(**({"REDIS_URL": request.getfixturevalue("redis_server").url} if broker == "Redis" else {}))
    printed = site.run("manage.py", "bench_api", "--count", "3", "--at-most", "1e6")
    figures = dict(re.findall(r"^([^:]+): +(.+)$", printed, re.MULTILINE))
    assert figures["broker"] == broker
    milliseconds = {name: int(value.removesuffix(" ms")) for name, value in figures.items() if value.endswith(" ms")}
    assert len(milliseconds) == 4
    assert 0 < milliseconds["inference, median of 3"] < milliseconds["answer, median"]
    assert site.jobs() == [], "the account that was made for it is gone with its paintings"
