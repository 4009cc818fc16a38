"""A page as a user has it: what can be done in it, what its tables say, and what it asked of whom."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, FloatRect, Locator, Request, expect
from playwright.sync_api import Page as Tab

from aition.view.web.frames import read_frame
from browser.agreeing import Table
from stand_ins.web import Client

TABS = ("sequence", "patterns", "pairs", "what-if", "runs", "findings")
AXES = ("hierarchy", "components", "groups", "dreams")
"""Tabs of runs with further axes."""
SECONDS = 20_000
"""How long something may take before a test fails, in milliseconds."""
READ = """panel => {
  const cells = row => [...row.cells].map(one => one.textContent);
  const table = panel.querySelector(".table table");
  return table ? [cells(table.tHead.rows[0]), [...table.tBodies[0].rows].map(cells)] : null;
}"""
RESTS = """begun => !document.querySelector('.progress.on') && performance.now() - Math.max(begun,
  ...performance.getEntriesByType('resource').map(one => one.responseEnd)) > 400"""

Open = Callable[..., "Page"]
State = dict[str, Any]
"""What is chosen."""


@dataclass(eq=False)
class Page:
    """A tab of the browser.

    Args:
        tab: Playwright's.
        origin: Of the server.
        requests: What was sent, in order.
        errors: What the page wrote as an error, also what its policy refused.
    """

    tab: Tab
    origin: str
    requests: list[Request] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Take note of what is sent and of what goes wrong."""

        def heard(message: ConsoleMessage) -> None:
            if message.type == "error":
                self.errors.append(message.text)

        self.tab.on("request", lambda request: self.requests.append(request))
        self.tab.on("console", heard)
        self.tab.on("pageerror", lambda error: self.errors.append(str(error)))

    def was_quiet(self) -> None:
        """Raise where the page asked elsewhere, or something went wrong."""
        local = (f"{self.origin}/", "blob:", "data:", "about:")
        elsewhere = [one.url for one in self.requests if not one.url.startswith(local)]
        assert not elsewhere, elsewhere
        assert not self.errors, self.errors

    def sent(self) -> list[str]:
        """The questions that were sent since this was last asked, once the page rests."""
        self.rest()
        found = [one for one in self.requests if "/api/" in one.url]
        self.requests.clear()
        return [one.url.rpartition("/")[2] for one in found]

    def answer(self, question: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """What was answered to a question when it was last sent."""
        own = [one for one in self.requests if one.url.endswith(f"/api/{question}")]
        response = own[-1].response()
        assert response, f"{question} was not answered"
        return read_frame(response.body())

    def panel(self, view: str) -> Locator:
        """A view; the tab that holds it is chosen, where there are others."""
        button = self.tab.locator(f'[data-tab="{view}"]')
        is_tab = view in TABS or (view in AXES and button.count())
        if is_tab and button.get_attribute("aria-selected") != "true":
            button.click()
        return self.tab.locator(f'[data-view="{view}"]')

    def table(self, view: str) -> Table:
        """The table of a view; empty while there is none."""
        panel = self.panel(view)
        button = panel.get_by_role("button", name=re.compile("as a table$"))
        if button.get_attribute("aria-pressed") != "true":
            button.click()
        found = panel.evaluate(READ)
        return Table(*found) if found else Table((), ())

    def drawn(self, view: str) -> Locator:
        """A view, drawn and not as a table."""
        panel = self.panel(view)
        button = panel.get_by_role("button", name=re.compile("as a table$"))
        if button.count() and button.get_attribute("aria-pressed") == "true":
            button.click()
        return panel

    def says(self, view: str) -> str:
        """The sentence of a view."""
        return self.panel(view).locator("p.says").inner_text().replace("\u00a0", " ")

    def state(self) -> State:
        """What is chosen, as the address has it."""
        text = self.tab.url.partition("#1.")[2]
        return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))) if text else {}

    def chosen(self, **wanted: Any) -> State:
        """What is chosen, once the address has these, or any of what is only named (``...``)."""

        def fits() -> bool:
            now = self.state()
            return all(now.get(name) == one or (one is ... and bool(now.get(name))) for name, one in wanted.items())

        self.until(fits, lambda: f"the address should hold {wanted}, but holds {self.state()}")
        return self.state()

    def until(self, holds: Callable[[], bool], words: Callable[[], str]) -> None:
        """Wait for something that is only seen from here."""
        for _ in range(SECONDS // 50):
            if holds():
                return
            self.wait()
        raise AssertionError(words())

    def wait(self) -> None:
        """Let the page go on for some frames."""
        self.tab.evaluate("() => new Promise(done => setTimeout(done, 50))")

    def rest(self) -> None:
        """Wait until every view has its answer and nothing was sent for a while."""
        begun = self.tab.evaluate("() => performance.now()")
        self.tab.wait_for_function(RESTS, arg=begun, timeout=SECONDS)

    def go(self, key: str) -> None:
        """Press the key that leads to a view, and wait until it has the keys."""
        self.tab.keyboard.press(key)
        expect(self.tab.locator("[data-view] :focus")).to_be_visible(timeout=SECONDS)

    def drag(self, over: Locator, begin: tuple[float, float], *path: tuple[float, float]) -> None:
        """Press at a place of an element and draw along others; places are shares of its width and height."""
        expect(over).to_be_visible(timeout=SECONDS)
        over.scroll_into_view_if_needed()
        box = box_of(over)
        self.tab.mouse.move(*at(box, begin))
        self.tab.mouse.down()
        for place in path:
            self.tab.mouse.move(*at(box, place), steps=4)
        self.tab.mouse.up()


def box_of(element: Locator) -> FloatRect:
    """Where an element stands."""
    box = element.bounding_box()
    assert box is not None, "the element is not on the page"
    return box


def at(box: FloatRect, share: tuple[float, float]) -> tuple[float, float]:
    """A place of a box, in pixels."""
    return box["x"] + share[0] * box["width"], box["y"] + share[1] * box["height"]


def address(client: Client, state: State) -> str:
    """Where the page is as it should be, with the key that opens it."""
    text = base64.urlsafe_b64encode(json.dumps(state).encode()).decode().rstrip("=")
    return f"http://127.0.0.1:{client.port}/#token={client.session.token}{f'&1.{text}' if state else ''}"


@contextmanager
def visits(chromium: Browser, client: Client) -> Iterator[Open]:
    """Opens pages and waits until they rest; one that asked elsewhere, broke its policy or wrote an error fails."""
    pages: list[Page] = []

    def visited(state: State | None = None, *, of: Client = client, first: str = ".labels .name", **more: Any) -> Page:
        context = chromium.new_context(**({"viewport": {"width": 1280, "height": 720}} | more))
        page = Page(context.new_page(), f"http://127.0.0.1:{of.port}")
        pages.append(page)
        page.watch()
        page.tab.set_default_timeout(SECONDS)
        page.tab.goto(address(of, state or {}))
        expect(page.tab.locator(first).first).to_be_visible(timeout=SECONDS)
        page.rest()
        return page

    try:
        yield visited
    finally:
        for page in pages:
            page.tab.context.close()
    for page in pages:
        page.was_quiet()
