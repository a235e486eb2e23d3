"""A person at a browser, and everything that goes wrong in front of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import APIResponse, Browser, ConsoleMessage, Page, Request, expect

DESKTOP = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
TIMEOUT_MS = 150_000
"""Generous: the machine may be busy with other things."""
expect.set_options(timeout=TIMEOUT_MS)


class Visitor:
    """A browser window of its own, without the cookies of others."""

    def __init__(self, browser: Browser, url: str, screenshots: Path | None, **options: Any) -> None:
        self.url = url
        self.problems: list[str] = []
        self._screenshots = screenshots
        self._width: int = options["viewport"]["width"]
        self.context = browser.new_context(base_url=url, **options)
        self.context.set_default_timeout(TIMEOUT_MS)
        self.page: Page = self.context.new_page()
        self.context.on("console", self._hear)
        self.context.on("weberror", lambda error: self.problems.append(f"exception: {error.error}"))
        self.context.on("request", self._see_request)
        self.context.on("requestfailed", self._see_failure)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.problems.append(f"console {message.type}: {message.text}")

    def _see_request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.url}/", "blob:", "data:")):
            self.problems.append(f"request to another host: {request.url}")

    def _see_failure(self, request: Request) -> None:
        # The browser itself breaks off what a download or a new page replaces.
        if request.failure != "net::ERR_ABORTED":
            self.problems.append(f"failed request: {request.url} {request.failure}")

    def forgive(self, pattern: str) -> None:
        """Drop the one problem that the test provoked.

        Raises:
            AssertionError: it is not there, or there are several.
        """
        found = [problem for problem in self.problems if re.search(pattern, problem)]
        assert len(found) == 1, self.problems
        self.problems.remove(found[0])

    def go(self, path: str, name: str = "", status: int = 200) -> None:
        """Open a page by its address and look at it; a refusal that is expected is no problem."""
        response = self.page.goto(path)
        assert response is not None
        assert response.status == status, (path, response.status)
        if status >= 400:
            self.forgive(f"responded with a status of {status}")
        self.look(name)

    def look(self, name: str = "") -> None:
        """Check what holds for every page: nothing to scroll sideways, no broken picture. Keep its picture if asked."""
        width = self.page.evaluate("document.documentElement.scrollWidth")
        assert width <= self._width, f"{self.page.url} is {width} px wide on a screen of {self._width}"
        broken = self.page.evaluate(
            "[...document.images].filter(image => image.checkVisibility() && image.complete && !image.naturalWidth)"
            ".map(image => image.src)"
        )
        assert broken == [], f"{self.page.url} has broken pictures"
        if name and self._screenshots:
            self._screenshots.mkdir(parents=True, exist_ok=True)
            self.page.evaluate("scrollTo(0, 0)")  # what sticks to the window's edges would lie across the page
            self.page.screenshot(path=self._screenshots / f"{name}-{self._width}.png", full_page=True)

    def fetch(self, path: str) -> APIResponse:
        """Ask for an address with this visitor's cookies, outside the page."""
        return self.context.request.get(path, max_redirects=0)

    def close(self) -> None:
        """Close the window."""
        self.context.close()
