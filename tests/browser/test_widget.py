"""The widget in somebody else's page, with a kernel of this process: what it shows, and what it leaves alone."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from queue import Queue
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect
from playwright.sync_api import Page as Tab

from aition.view.notebook.answering import Answering
from aition.view.notebook.widget import built
from browser.page import SECONDS, Open
from stand_ins.web import Client

NOTEBOOK = """<!doctype html><html><head><title>notebook</title></head><body data-jp-theme-light="true">
<p class="panel hidden">a <kbd>key</kbd> <button class="plain icon">press</button></p>
<div id="a"></div><div id="b"></div></body></html>"""
HOST = """
async ({ esm, css, picture, silent }) => {
  const style = document.createElement("style");
  style.textContent = css;
  document.head.append(style);
  const moduleOf = text => import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
  const shared = await moduleOf(esm);
  window.models = {};
  window.show = async (place, kernel, width, own) => {
    const heard = new Set();
    const model = window.models[kernel] ??= {
      get: name => ({ height: 640, words: "5 stays", picture, _esm: esm })[name],
      on: (event, call) => event === "msg:custom" && heard.add(call),
      off: (event, call) => heard.delete(call),
      send: async message => {
        if (silent) return;
        const said = await window.toKernel(JSON.parse(JSON.stringify(message)));
        if (!said) return;
        const bytes = said.parts.map(one => Uint8Array.from(atob(one), letter => letter.charCodeAt(0)));
        for (const call of heard) call(said.message, bytes.map(one => new DataView(one.buffer)));
      },
    };
    const el = document.getElementById(place);
    el.style.width = `${width}px`;
    return (own ? await moduleOf(esm) : shared).default.render({ model, el });
  };
}
"""
PICTURE = "data:image/gif;base64,R0lGODlhAQABAAAAACw="
LOOKS = """() => [...document.querySelectorAll('body, body > p, body > p *')].map(one => {
  const { display, position, margin, padding, font, color, width, border } = getComputedStyle(one);
  return [display, position, margin, padding, font, color, width, border];
})"""


@dataclass
class Notebook:
    """A page that is not ours, with a kernel.

    Args:
        tab: Playwright's.
        errors: What went wrong in it.
    """

    tab: Tab
    errors: list[str] = field(default_factory=list)

    def show(self, place: str, *, width: int = 1280, own: bool = True) -> Locator:
        """A widget at a place, each with a model of its own; with a module of its own unless said otherwise."""
        self.tab.evaluate("all => window.show(...all)", [place, place, width, own])
        return self.tab.locator(f"#{place} .aition-widget")


Made = Callable[..., Notebook]


@pytest.fixture
def notebook(chromium: Browser, site: Client) -> Iterator[Made]:
    """Opens notebooks for one test."""
    heard: Queue[tuple[dict[str, Any], list[bytes]]] = Queue()
    answering = Answering(site.what, lambda message, parts: heard.put((message, parts)))
    context = chromium.new_context(viewport={"width": 1400, "height": 1500})

    def to_kernel(message: dict[str, Any]) -> dict[str, Any] | None:
        answering.hear(message)
        if "cancel" in message:
            return None
        said, parts = heard.get(timeout=30)
        return {"message": said, "parts": [base64.b64encode(one).decode() for one in parts]}

    def opened(*, silent: bool = False) -> Notebook:
        found = Notebook(context.new_page())
        found.tab.on("pageerror", lambda error: found.errors.append(str(error)))
        found.tab.expose_function("toKernel", to_kernel)
        found.tab.set_content(NOTEBOOK)
        asked = {"esm": built("widget.js"), "css": built("widget.css"), "picture": PICTURE, "silent": silent}
        found.tab.evaluate(HOST, asked)
        return found

    yield opened
    context.close()
    answering.close()


def said(of: Locator, view: str) -> Locator:
    return of.locator(f'[data-view="{view}"] p.says')


def brush(of: Locator) -> None:
    """The last bars of the attributions."""
    over = of.locator('[data-view="attribution"] .over')
    over.focus()
    over.press("End")


@pytest.mark.parametrize("view", ["summary", "attribution", "cohorts", "trust"])
def test_the_widget_says_what_the_app_says(notebook: Made, visit: Open, view: str) -> None:
    page = visit()
    expect(said(notebook().show("a"), view)).to_have_text(page.says(view), timeout=SECONDS)


def test_a_brush_in_the_widget_is_answered_by_the_kernel(notebook: Made, visit: Open) -> None:
    page = visit()
    page.panel("attribution").locator(".over").press("End")
    page.rest()
    widget = notebook().show("a")
    expect(said(widget, "summary")).to_contain_text("Strongest", timeout=SECONDS)
    brush(widget)
    expect(said(widget, "summary")).to_have_text(page.says("summary"), timeout=SECONDS)
    expect(said(widget, "sequence")).to_have_text(page.says("sequence"), timeout=SECONDS)


@pytest.mark.parametrize("own", [True, False])
def test_two_widgets_know_nothing_of_one_another(notebook: Made, own: bool) -> None:
    here = notebook()
    first, second = here.show("a", own=own), here.show("b", own=own)
    before = "Nothing is selected"
    for one in (first, second):
        expect(one.locator(".selection")).to_contain_text(before, timeout=SECONDS)
    brush(second)
    expect(second.locator(".selection")).to_contain_text("Attribution", timeout=SECONDS)
    expect(first.locator(".selection")).to_contain_text(before)


def test_a_widget_leaves_the_page_around_it_as_it_was(notebook: Made) -> None:
    here = notebook()
    before = here.tab.evaluate(LOOKS), here.tab.title(), here.tab.url
    widget = here.show("a")
    expect(said(widget, "summary")).to_contain_text("Strongest", timeout=SECONDS)
    brush(widget)
    here.tab.wait_for_timeout(500)
    assert (here.tab.evaluate(LOOKS), here.tab.title(), here.tab.url) == before


def test_keys_are_the_widgets_only_from_within(notebook: Made) -> None:
    here = notebook()
    widget = here.show("a")
    brush(widget)
    expect(widget.locator(".selection")).to_contain_text("Attribution", timeout=SECONDS)
    assert here.tab.evaluate("() => document.activeElement.hasAttribute('data-lm-suppress-shortcuts')")
    here.tab.evaluate("() => document.activeElement.blur()")
    here.tab.keyboard.press("Escape")
    here.tab.wait_for_timeout(300)
    expect(widget.locator(".selection")).to_contain_text("Attribution")
    widget.locator('[data-view="attribution"] .over').focus()
    here.tab.keyboard.press("Escape")
    expect(widget.locator(".selection")).to_contain_text("Nothing is selected", timeout=SECONDS)


def test_a_press_in_the_widget_brings_the_keys(notebook: Made) -> None:
    here = notebook()
    widget = here.show("a")
    said(widget, "summary").click(timeout=SECONDS)
    here.tab.wait_for_function("() => document.activeElement.closest('.aition-widget')", timeout=SECONDS)


def test_a_picture_stands_in_where_no_kernel_answers(notebook: Made) -> None:
    here = notebook(silent=True)
    here.show("a")
    still = here.tab.locator(".aition-still")
    expect(still).to_contain_text("kernel does not answer", timeout=SECONDS)
    expect(still).to_contain_text("5 stays")
    expect(still.locator("img")).to_have_attribute("src", PICTURE)
    expect(here.tab.locator("#a .aition-widget:not(.aition-still)")).to_be_hidden()


def test_a_widget_that_is_taken_out_leaves_nothing(notebook: Made) -> None:
    here = notebook()
    here.tab.evaluate("async () => { const end = await window.show('a', 'a', 1280, true); await 0; end(); }")
    assert here.tab.evaluate("() => document.getElementById('a').childElementCount") == 0
    assert not here.errors


@pytest.mark.parametrize("width", [848, 1000, 1280])
def test_titles_and_their_tools_fit_into_a_cell(notebook: Made, width: int) -> None:
    widget = notebook().show("a", width=width)
    expect(said(widget, "summary")).to_contain_text("Strongest", timeout=SECONDS)
    beyond = widget.evaluate(
        """page => {
          const right = page.querySelector('main').getBoundingClientRect().right;
          const parts = [...page.querySelectorAll('.top button, .tab-list button, .panel > header *')];
          return parts.filter(one => one.getBoundingClientRect().right > (one.closest('.panel')
            ?.getBoundingClientRect().right ?? right) + 1).map(one => one.outerHTML.slice(0, 90));
        }"""
    )
    assert beyond == []


def test_the_theme_is_that_of_the_notebook(notebook: Made) -> None:
    here = notebook()
    widget = here.show("a")
    expect(widget).to_have_attribute("data-theme", "light", timeout=SECONDS)
    here.tab.evaluate("() => { document.body.dataset.jpThemeLight = 'false' }")
    expect(widget).to_have_attribute("data-theme", "dark", timeout=SECONDS)
