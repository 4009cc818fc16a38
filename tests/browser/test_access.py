"""Who reads the page without a mouse, with a reader, or in the dark: axe on every view, and the keyboard alone."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from browser.accessible import AXE, wrong
from browser.page import TABS, Open, Page, visits
from stand_ins.web import Client

VIEWS = ("trust", "cohorts", "summary", "timeline", "attribution", *TABS)


@pytest.fixture(scope="module", params=["light", "dark"])
def looked(request: pytest.FixtureRequest, chromium: Browser, site: Client) -> Iterator[Page]:
    """A page with something selected and two cohorts, in one of the themes."""
    state = {
        "selection": {"values": [[0, 5], [2, 1]], "time": [3, 8]},
        "b": {"all": [{"column": "age", "from": 60}]},
        "nPattern": 2,
    }
    with visits(chromium, site) as visit:
        page = visit(state, color_scheme=request.param)
        page.tab.evaluate(AXE)
        page.rest()
        yield page


def test_axe_finds_nothing_serious_in_the_whole_page(looked: Page) -> None:
    assert wrong(looked, "body") == []


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing_serious_in_a_view(looked: Page, view: str) -> None:
    looked.drawn(view)
    looked.rest()
    assert wrong(looked, f'[data-view="{view}"]') == []


@pytest.mark.parametrize("view", ["cohorts", "summary", "pairs"])
def test_axe_finds_nothing_serious_in_a_table(looked: Page, view: str) -> None:
    looked.table(view)
    found = wrong(looked, f'[data-view="{view}"]')
    looked.drawn(view)
    assert found == []


def test_axe_finds_nothing_serious_in_a_sequence(looked: Page) -> None:
    looked.panel("sequence").locator(".list tbody button").first.click()
    expect(looked.tab.locator(".heat-scroll")).to_be_visible()
    found = wrong(looked, '[data-view="sequence"]')
    looked.panel("sequence").get_by_role("button", name="All").click()
    assert found == []


@pytest.mark.parametrize("name", ["Keys", "Save How strongly", "About How strongly"])
def test_axe_finds_nothing_serious_in_what_a_button_opens(looked: Page, name: str) -> None:
    looked.tab.get_by_role("button", name=name).click()
    expect(looked.tab.locator(".sheet")).to_be_visible()
    found = wrong(looked, ".sheet")
    looked.tab.keyboard.press("Escape")
    assert found == []


def test_a_theme_that_is_chosen_stays(visit: Open) -> None:
    page = visit(color_scheme="light")
    theme = page.tab.get_by_role("button", name="Theme")
    theme.click()
    theme.click()
    page.tab.reload()
    expect(page.tab.locator(".aition")).to_have_attribute("data-theme", "dark")


def test_keys_select_a_value_of_the_summary(visit: Open) -> None:
    page = visit()
    page.go("3")
    expect(page.tab.locator(".over.cells")).to_be_focused()
    page.tab.keyboard.press("ArrowDown")
    page.tab.keyboard.press("Enter")
    (feature, bin), *others = page.chosen(selection=...)["selection"]["values"]
    assert not others
    assert (feature, bin) == (2, 5)


def test_keys_brush_a_span_of_time(visit: Open) -> None:
    page = visit()
    page.go("4")
    slider = page.panel("timeline").get_by_role("slider")
    expect(slider).to_be_focused()
    for key in ("Home", "Shift+ArrowRight", "Shift+ArrowRight", "ArrowRight"):
        page.tab.keyboard.press(key)
    page.chosen(selection={"time": [1, 3]})
    expect(slider).to_have_attribute("aria-valuetext", "hours 1–3")


def test_keys_brush_strengths_and_clear_them(visit: Open) -> None:
    page = visit()
    page.go("5")
    page.tab.keyboard.press("End")
    page.chosen(selection=...)
    page.tab.keyboard.press("Escape")
    page.until(lambda: not page.state(), lambda: f"Escape should clear, but {page.state()} is left")


def test_undo_takes_back_a_whole_gesture_and_redo_brings_it_again(visit: Open) -> None:
    page = visit()
    page.go("4")
    for key in ("Home", "ArrowRight", "ArrowRight"):
        page.tab.keyboard.press(key)
    page.chosen(selection={"time": [2, 2]})
    page.tab.keyboard.press("Control+z")
    page.until(lambda: "selection" not in page.state(), lambda: f"undo left {page.state()}")
    page.tab.keyboard.press("Control+Shift+z")
    page.chosen(selection={"time": [2, 2]})


def test_keys_open_a_sequence_of_the_list(visit: Open) -> None:
    page = visit()
    first = page.panel("sequence").locator(".list tbody button").first
    expect(first).to_be_visible()
    name = first.inner_text()
    page.go("6")
    expect(first).to_be_focused()
    page.tab.keyboard.press("Enter")
    page.chosen(sequence=name)


def test_keys_pick_sequences_on_the_map(visit: Open) -> None:
    page = visit({"who": "map"})
    place = page.panel("cohorts").get_by_role("application")
    page.rest()
    expect(place.locator(".note")).to_have_count(0)
    place.focus()
    for _ in range(15):
        page.tab.keyboard.press("+")
    expect(page.panel("cohorts").get_by_text("inside the circle")).to_have_text(re.compile("^[1-9]"))
    page.tab.keyboard.press("Enter")
    page.chosen(picked=...)


def test_a_reader_hears_what_a_view_says(visit: Open) -> None:
    page = visit()
    page.panel("timeline").locator(".over").press("Home")
    page.chosen(selection=...)
    heard = page.panel("timeline").locator("p.hidden[aria-live=polite]").last
    expect(heard).to_have_text(page.panel("timeline").locator("p.says").inner_text())
