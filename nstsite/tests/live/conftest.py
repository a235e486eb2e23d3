"""The real thing: web server and workers in processes of their own, used through HTTP and a browser."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from nstsite.tests.live.chromium import ARGUMENTS, MISSING, chromium_path
from nstsite.tests.live.drawing import sideways_photo
from nstsite.tests.live.live_site import LiveSite
from nstsite.tests.live.members import DEVICES, Enter, holding
from nstsite.tests.live.nginx import MISSING as MISSING_NGINX
from nstsite.tests.live.nginx import Nginx
from nstsite.tests.live.nginx import program as nginx_program
from nstsite.tests.live.postgresql import MISSING as MISSING_POSTGRESQL
from nstsite.tests.live.postgresql import programs, running_cluster
from nstsite.tests.live.program import Program
from nstsite.tests.live.redis_server import MISSING as MISSING_REDIS
from nstsite.tests.live.redis_server import RedisServer
from nstsite.tests.live.redis_server import program as redis_program
from nstsite.tests.live.visitor import DESKTOP, Visitor


@pytest.fixture(scope="module")
def new_site(installation: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., LiveSite]]:
    """Return a function that sets up a site of its own, its settings given as variables; stops all at the end."""
    with contextlib.ExitStack() as stack:

        def set_up(**variables: str) -> LiveSite:
            folder = tmp_path_factory.mktemp("site") / "data"
            shutil.copytree(installation, folder)
            site = LiveSite(folder, **variables)
            stack.callback(site.stop)
            return site

        yield set_up


@pytest.fixture
def program() -> Callable[[LiveSite, str], Program]:
    """Return a function that gives a program Alice's or Charlie's token."""

    def sign_in(site: LiveSite, username: str = "alice") -> Program:
        return Program(site.url, username)

    return sign_in


@pytest.fixture(scope="session")
def phone_photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo of 12 million pixels, stored lying, upright 3000 × 4000."""
    path = tmp_path_factory.mktemp("photos") / "holiday.jpg"
    path.write_bytes(sideways_photo(4000, 3000))
    return path


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """The address of an empty PostgreSQL database; without a server the test is skipped, or in CI fails."""
    folder = programs()
    if folder is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING_POSTGRESQL)
        pytest.skip(MISSING_POSTGRESQL)
    with running_cluster(folder) as address:
        yield address


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis server of this test's own; without the program the test is skipped, or in CI fails."""
    found = redis_program()
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING_REDIS)
        pytest.skip(MISSING_REDIS)
    server = RedisServer(found, tmp_path)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def nginx(new_site: Callable[..., LiveSite], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    """nginx with a site behind it, neither started; without the program the test is skipped, or in CI fails."""
    found = nginx_program()
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING_NGINX)
        pytest.skip(MISSING_NGINX)
    nginx = Nginx(found, tmp_path_factory.mktemp("nginx"), new_site)
    yield nginx
    nginx.stop()


def find_chromium() -> str:
    """Return the browser to test with; without one the test is skipped, or in CI fails."""
    found = chromium_path()
    if not found:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    return found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A headless browser; for one module only, because it leaves an event loop running, which Django's tests refuse."""
    path = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


VISITORS = pytest.StashKey[list[Visitor]]()


@pytest.fixture
def visit(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Callable[..., Visitor]]:
    """Return a function that opens a site in a window of its own; at the end nothing may have gone wrong in any.

    SCREENSHOTS=FOLDER keeps pictures of the pages on the way.
    """
    folder = os.environ.get("SCREENSHOTS")
    visitors = request.node.stash[VISITORS] = []

    def open_window(site: LiveSite, **options: Any) -> Visitor:
        visitors.append(Visitor(chromium, site.url, Path(folder) if folder else None, **(DESKTOP | options)))
        return visitors[-1]

    yield open_window
    for visitor in visitors:
        visitor.close()
    assert [problem for visitor in visitors for problem in visitor.problems] == []


@pytest.fixture(params=DEVICES)
def device(request: pytest.FixtureRequest) -> str:
    """Each test that takes it is run on a desktop and on a phone."""
    return str(request.param)


@pytest.fixture
def enter(site: LiveSite, sessions: dict[str, str], visit: Callable[..., Visitor], device: str) -> Enter:
    """Return a function that opens the module's site on the device, as one of its sessions' members or as nobody."""

    def enter_as(who: str = "", **options: Any) -> Visitor:
        cookies = holding(sessions.get(f"{who}_{device}") or sessions[who]) if who else {}
        return visit(site, **DEVICES[device], **cookies, **options)

    return enter_as


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to a failure what the browser's windows showed."""
    report = yield
    if report.when == "call" and report.failed:
        for visitor in item.stash.get(VISITORS, []):
            picture = Path(tempfile.mkdtemp(prefix="easel-failure-")) / "window.png"
            with contextlib.suppress(PlaywrightError):  # a window may hang, which is then not this failure's reason
                visitor.page.screenshot(path=picture, timeout=10_000)
            report.sections.append((f"browser at {visitor.page.url}", "\n".join([*visitor.problems, str(picture)])))
    return report
