"""How much a page moves under the reader's eyes while it loads: cumulative layout shift."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page

MOST_SHIFT = 0.05
"""For one page, the sum of its shifts: what counts as good."""
OBSERVE = """
window.layoutShifts = [];
new PerformanceObserver(list => {
  for (const entry of list.getEntries())
    if (!entry.hadRecentInput)
      window.layoutShifts.push({
        value: entry.value,
        moved: entry.sources.map(source => source.node?.outerHTML?.slice(0, 120) ?? source.node?.nodeName),
      });
}).observe({ type: "layout-shift", buffered: true });
"""
SCROLL = """
async () => {
  const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)));
  for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight / 2) {
    scrollTo({ top: y, behavior: "instant" });
    await frame();
  }
  const shown = [...document.images].filter(image => image.checkVisibility());
  await Promise.all(shown.map(image => image.decode().catch(() => {})));
  scrollTo({ top: 0, behavior: "instant" });
  await frame();
}
"""


def observe_layout_shifts(context: BrowserContext) -> None:
    """Watch every page that is opened from now on."""
    context.add_init_script(OBSERVE)


def scroll_through(page: Page) -> None:
    """Go down to the end, where more may be loaded on the way, wait for the pictures, and come back up."""
    page.evaluate(SCROLL)


def layout_shifts(page: Page) -> tuple[float, list[str]]:
    """Return the sum of all shifts so far, and what moved."""
    shifts = page.evaluate("window.layoutShifts")
    return sum(shift["value"] for shift in shifts), [str(shift) for shift in shifts]
