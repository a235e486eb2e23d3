"""axe-core, which looks for what keeps people from using a page; ``bin/setup dev`` takes it from npm."""

from __future__ import annotations

import os
from functools import cache

import pytest
from playwright.sync_api import Page

from nstsite.tests.live.process_group import PROJECT_DIR

AXE = PROJECT_DIR / ".venv" / "node" / "node_modules" / "axe-core" / "axe.min.js"
WCAG_2_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
RUN = """
async tags => {
  // A colour that has just changed with the scheme may still be on its way.
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  const ending = document.getAnimations().filter(({ effect }) => effect.getComputedTiming().endTime < Infinity);
  await Promise.all(ending.map(animation => animation.finished.catch(() => {})));
  // preload copies style sheets into the page, which its policy refuses; only rules outside these tags read them.
  const options = { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"], preload: false };
  const found = await axe.run(document, options);
  return found.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(node => `${id}: ${help}: ${node.html.slice(0, 300)} | ${node.failureSummary}`));
}
"""


@cache
def axe_source() -> str:
    """Return axe-core's source text; where it is not installed the test is skipped, or in CI fails."""
    if not AXE.is_file():
        reason = "no axe-core: install npm (sudo apt install npm), then run make setup-dev"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return AXE.read_text()


def violations(page: Page) -> list[str]:
    """Return what in the page, as it stands now, breaks WCAG 2.1 at level A or AA.

    The source goes in through the debugger, which the page's content security policy does not concern.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe_source())
    return list(page.evaluate(RUN, WCAG_2_AA))
