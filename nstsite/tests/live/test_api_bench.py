"""bench_api measures a server with a worker that it starts, through either broker, and leaves nothing behind."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nstsite.tests.live.live_site import LiveSite
from nstsite.tests.live.waiting import wait_for


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            return True
    except OSError:
        return False


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[str]:
    """The address of a Redis server of this test's own."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("No Redis here, which this test needs: sudo apt install redis-server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            wait_for("an answer of Redis", lambda: answers(port))
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()


@pytest.mark.parametrize("broker", ["ORM", "Redis"])
def test_figures(request: pytest.FixtureRequest, new_site: Callable[..., LiveSite], broker: str) -> None:
    site = new_site(**({"REDIS_URL": request.getfixturevalue("redis")} if broker == "Redis" else {}))
    printed = site.run("manage.py", "bench_api", "--count", "3", "--at-most", "1e6")
    figures = dict(re.findall(r"^([^:]+): +(.+)$", printed, re.MULTILINE))
    assert figures["broker"] == broker
    milliseconds = {name: int(value.removesuffix(" ms")) for name, value in figures.items() if value.endswith(" ms")}
    assert len(milliseconds) == 4
    assert 0 < milliseconds["inference, median of 3"] < milliseconds["answer, median"]
    assert site.jobs() == [], "the account that was made for it is gone with its paintings"
