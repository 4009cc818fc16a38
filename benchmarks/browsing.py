"""What people do with the page, in Chromium, and how long it takes; watched.js in the page says when it was painted.

Chromium is the system's, without a window and without a graphics card, at 1280 × 720. What is done comes as it does
from a mouse or a keyboard, through the browser, and the page is the one that is built.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import BrowserContext, CDPSession, ElementHandle, Page, sync_playwright

Sample = dict[str, float]
IN_PAGE = ["summary", "timeline", "attribution"]
"""Views that the page computes by itself; every brush repaints all of them."""
QUIET = 450
"""Milliseconds without a question after which no view waits: longer than the page itself waits for a brush to rest."""
LONGEST = 120_000


@contextmanager
def chromium() -> Iterator[BrowserContext]:
    """A browser without history."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not path:
        raise SystemExit("chromium must be on the path; install it: apt install chromium")
    arguments = ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb", "--enable-precise-memory-info"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        try:
            yield browser.new_context(viewport={"width": 1280, "height": 720}, accept_downloads=True)
        finally:
            browser.close()


def opened(context: BrowserContext, url: str) -> "Visit":
    """The page, once it rests."""
    page = context.new_page()
    page.set_default_timeout(LONGEST)
    page.add_init_script(path=Path(__file__).with_name("watched.js"))
    visit = Visit(page)
    page.on("request", lambda request: visit.requests.append(request.url))
    page.on("pageerror", lambda error: visit.problems.append(str(error)))
    page.goto(url)
    visit.rest()
    return visit


@dataclass(frozen=True)
class Visit:
    """A page that is open.

    Args:
        page: Of Playwright.
        requests: Addresses that it asked for.
        problems: Errors of its script.
        sessions: Of the browser's own protocol, once there is one.
    """

    page: Page
    requests: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    sessions: list[CDPSession] = field(default_factory=list)

    @property
    def first_paint_s(self) -> float:
        """Seconds until the summary showed its first cells."""
        return float(self.page.evaluate("watched.first")) / 1000

    @property
    def heap_mb(self) -> float:
        """What the page's script holds, arrays included."""
        session = self.page.context.new_cdp_session(self.page)
        session.send("HeapProfiler.collectGarbage")
        used = session.send("Runtime.getHeapUsage")
        session.detach()
        return float(used["usedSize"] + used.get("backingStorageSize", 0)) / 1e6

    def main_thread_s(self) -> float:
        """Seconds of CPU that the page's main thread has spent so far."""
        if not self.sessions:
            self.sessions.append(self.page.context.new_cdp_session(self.page))
            self.sessions[0].send("Performance.enable", {"timeDomain": "threadTicks"})
        found = self.sessions[0].send("Performance.getMetrics")["metrics"]
        return float(next(one["value"] for one in found if one["name"] == "TaskDuration"))

    def rest(self) -> None:
        """Wait until every view is what it will be."""
        self.page.evaluate("quiet => watched.rest(quiet)", QUIET)

    def part(self, selector: str) -> ElementHandle:
        """An element, in sight."""
        found = self.page.wait_for_selector(selector)
        if not found:
            raise RuntimeError(f"the page has no {selector}")
        found.scroll_into_view_if_needed()
        return found

    def box(self, selector: str) -> tuple[float, float, float, float]:
        """Where an element stands: left, top, width, height."""
        found = self.part(selector).bounding_box()
        if not found:
            raise RuntimeError(f"{selector} has no place in the page")
        return found["x"], found["y"], found["width"], found["height"]

    def moved(self, kind: str, act: Callable[[], None]) -> Sample:
        """Milliseconds from an event until all views of the page are painted; of the main thread's work, and its CPU.

        Args:
            kind: Of the event.
            act: What makes it.
        """
        self.page.evaluate("([kind, views]) => void watched.next(kind, views)", [kind, IN_PAGE])
        before = self.main_thread_s()
        act()
        found = dict(self.page.evaluate("watched.moved"))
        if found.get("missing"):
            raise RuntimeError(f"after {kind} the page did not repaint {found['missing']}")
        return found | {"cpu": 1000 * (self.main_thread_s() - before)}

    def answered(self, act: Callable[[], None]) -> list[dict[str, Any]]:
        """Answers that followed, until the page rested, in milliseconds since the event.

        Args:
            act: What makes questions.
        """
        known = self.page.evaluate("watched.answers.length")
        act()
        self.page.wait_for_timeout(QUIET)
        self.rest()
        found = self.page.evaluate("from => watched.answers.slice(from)", known)
        acted = self.page.evaluate("watched.acted")
        return [
            {"question": one["question"], "approximate": one["approximate"], "painted": one["painted"] - acted,
             "here": one["to"] - acted, "asked": one["from"] - acted}
            for one in found
        ]  # fmt: skip

    def network(self) -> dict[str, dict[str, float]]:
        """Of each question: how often it was asked, the server's milliseconds, and bytes."""
        found: dict[str, list[dict[str, float]]] = {}
        for one in self.page.evaluate("watched.network()"):
            found.setdefault(one["question"], []).append(one)
        return {
            question: {
                "times": len(asked), "bytes": float(np.median([one["bytes"] for one in asked])),
                "server_ms_p50": float(np.quantile([one["server"] for one in asked], 0.5)),
                "server_ms_p95": float(np.quantile([one["server"] for one in asked], 0.95)),
            }
            for question, asked in sorted(found.items())
        }  # fmt: skip


def by_keys(visit: Visit, selector: str, n: int) -> list[Sample]:
    """A range of a view's brush, moved to and fro by the arrows."""
    element, keyboard = visit.part(selector), visit.page.keyboard
    element.focus()
    for key in ("End", *["ArrowLeft"] * 9, "Shift+ArrowRight", "Shift+ArrowRight"):
        keyboard.press(key)
    visit.rest()
    keys = [*["ArrowRight"] * 6, *["ArrowLeft"] * 6]
    found = [visit.moved("keydown", partial(keyboard.press, keys[i % 12])) for i in range(n)]
    keyboard.press("Escape")
    visit.rest()
    return found


def by_drag(visit: Visit, selector: str, n: int, *, n_bin: int) -> list[Sample]:
    """A span of equal bins, drawn by the mouse: its end goes to and fro."""
    left, top, width, height = visit.box(selector)
    mouse = visit.page.mouse

    def at(place: int) -> tuple[float, float]:
        return left + (place + 0.5) * width / n_bin, top + height / 2

    ends = list(range(n_bin // 4, n_bin - 2))
    mouse.move(*at(2))
    mouse.down()
    mouse.move(*at(ends[0] - 1))
    visit.rest()
    path = [*ends, *ends[-2:0:-1]]
    found = [visit.moved("pointermove", partial(mouse.move, *at(path[i % len(path)]))) for i in range(n)]
    mouse.up()
    visit.page.keyboard.press("Escape")
    visit.rest()
    return found


def values(visit: Visit, n: int) -> list[Sample]:
    """Rows of the summary, one after the other."""
    _, top, _, height = visit.box(".summary .scroll")
    cells, _, wide, _ = visit.box(".summary .cells")
    x, mouse, room = cells + wide / 2, visit.page.mouse, int((height - 30) // 14)
    found = []
    for i in range(n):
        mouse.move(x, top + 10 + 14 * (i % room))
        visit.page.wait_for_timeout(30)
        mouse.down()
        found.append(visit.moved("pointerup", mouse.up))
    visit.page.keyboard.press("Escape")
    visit.rest()
    return found


def groups(visit: Visit, n: int) -> list[Sample]:
    """Outcomes, one after the other."""
    cells = visit.page.query_selector_all(".outcomes button.cell")
    found = [visit.moved("click", cells[i % len(cells)].click) for i in range(n)]
    visit.page.keyboard.press("Escape")
    visit.rest()
    return found


def cohorts(visit: Visit, n: int) -> list[list[dict[str, Any]]]:
    """Cohorts of the upper half, by the histograms of columns, of a bin more each time: what was answered after each.

    The lower half may hold nobody, as the probability of what was predicted does. A summary that stays as it was is not
    painted anew, and such an answer is left out.

    Raises:
        RuntimeError: Most answers changed nothing.
    """
    found: list[list[dict[str, Any]]] = []
    histograms, keyboard = visit.page.query_selector_all("[data-view=cohorts] .histogram"), visit.page.keyboard
    each = -(-n // len(histograms))
    for histogram in histograms:
        histogram.focus()
        n_bin = int(histogram.get_attribute("aria-valuemax") or 0) + 1
        middle = n_bin // 2
        wide = min(each, n_bin - 1 - middle)
        for key in ("Home", *["ArrowRight"] * middle, *["Shift+ArrowRight"] * (n_bin - 1 - middle - wide)):
            keyboard.press(key)
        visit.answered(lambda: None)
        for _ in range(wide):
            found.append(visit.answered(partial(keyboard.press, "Shift+ArrowRight")))
        visit.answered(partial(keyboard.press, "Escape"))
    counted = [[one for one in answers if one["question"] == "cube"] for answers in found]
    painted = [one for one in counted if one and not np.isnan([answer["painted"] for answer in one]).any()]
    if 2 * len(painted) < len(found):
        raise RuntimeError(f"the summary was painted anew for {len(painted)} of {len(found)} cohorts")
    return painted


def drilled(visit: Visit, n: int) -> list[dict[str, Any]]:
    """Sequences of the list, one after the other: the answer to each."""
    visit.part('[data-tab="sequence"]').click()
    visit.rest()
    found = visit.answered(visit.part("[data-view=sequence] .list button").click)
    for _ in range(n - 1):
        following = visit.part('[data-view=sequence] [aria-label="The next in the list"]')
        if following.is_disabled():
            break
        found += visit.answered(following.click)
    return [one for one in found if one["question"] == "sequence"]


def tried(visit: Visit, n: int) -> list[dict[str, Any]]:
    """Changed values of the sequence that is open: the answer to each."""
    visit.part('[data-tab="what-if"]').click()
    visit.rest()
    visit.part("[data-view=what-if] .editable").focus()
    for key in ("ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight", "Enter"):
        visit.page.keyboard.press(key)
    found = []
    for k in range(n):
        field_ = visit.part("[data-view=what-if] .editor input")
        field_.fill(f"{1 + 0.1 * k:.1f}")
        found += visit.answered(partial(field_.press, "Enter"))
    return [one for one in found if one["question"] == "what_if"]


def looked_at(visit: Visit, tab: str, n: int) -> list[dict[str, Any]]:
    """A view behind a tab, and again for other spans of attribution: all that was answered."""
    found = visit.answered(visit.part(f'[data-tab="{tab}"]').click)
    visit.part(".attribution .over").focus()
    for key in ("Home", *["Shift+ArrowRight"] * (n - 2)):
        found += visit.answered(partial(visit.page.keyboard.press, key))
    visit.answered(partial(visit.page.keyboard.press, "Escape"))
    return found


def settled(visit: Visit, n: int) -> list[float]:
    """Milliseconds from a brush of attributions until every view has its answer, also those that the server gives.

    An answer that changes nothing in its view is not painted: it counts from when it was here.
    """
    visit.part(".attribution .over").focus()
    found = []
    for key in ("Home", *["Shift+ArrowRight"] * (n - 1)):
        answers = visit.answered(partial(visit.page.keyboard.press, key))
        found.append(max(one["here"] if np.isnan(one["painted"]) else one["painted"] for one in answers))
    visit.answered(partial(visit.page.keyboard.press, "Escape"))
    return found


def mapped(visit: Visit) -> list[dict[str, Any]]:
    """The map of all sequences."""
    found = visit.answered(visit.part('[data-view=cohorts] button:text-is("Map")').click)
    visit.answered(visit.part('[data-view=cohorts] button:text-is("Counts")').click)
    return found


def exported(visit: Visit) -> dict[str, int]:
    """Bytes of what can be saved: the whole page, and the summary in each form."""
    found = {}
    visit.part('[data-tab="findings"]').click()
    with visit.page.expect_download() as download:
        visit.part('button:text-is("Save the page")').click()
    found["page"] = download.value.path().stat().st_size
    for form in ("Picture", "Drawing", "Table", "Data"):
        visit.part('[data-view=summary] [aria-label^="Save "]').click()
        with visit.page.expect_download() as download:
            visit.page.get_by_role("menuitem", name=form).or_(visit.page.get_by_text(form, exact=True)).first.click()
        found[form.lower()] = download.value.path().stat().st_size
    return found
