"""What axe finds in a page that keeps somebody out."""

from importlib.resources import files

from browser.page import Page

BAD = ("serious", "critical")
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
RUN = """([within, bad]) => axe.run(within, { resultTypes: ["violations"] }).then(found => found.violations
  .filter(one => bad.includes(one.impact))
  .map(one => `${one.id}: ${one.help}: ${one.nodes.map(node => node.html.slice(0, 200)).join(" | ")}`))"""


def wrong(page: Page, within: str) -> list[str]:
    """What axe finds that keeps somebody out."""
    found: list[str] = page.tab.evaluate(RUN, [within, BAD])
    return found
