"""What leaves the page, and what comes back: addresses, files, and a page that needs no server."""

import csv
import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Download, expect

from browser.agreeing import different, settled
from browser.page import Open, Page
from browser.test_brushing import shown
from browser.truth import Truth
from browser.views import VIEWS

STATE = {
    "a": {"all": [{"column": "age", "from": 50}]},
    "selection": {"values": [[0, 5], [0, 4]], "time": [4, 9], "groups": [6, 7, 8]},
    "nPattern": 2,
}
FILED = ("cohorts", "summary", "timeline", "attribution", "sequence")


def saved(page: Page, view: str, kind: str) -> Download:
    """A file that a view hands out."""
    panel = page.panel(view)
    panel.get_by_role("button", name="Save", exact=False).first.click()
    with page.tab.expect_download() as found:
        panel.locator(".sheet").get_by_role("button", name=kind).click()
    return found.value


def known(page: Page, truth: Truth, view: str) -> None:
    """Raise unless a view shows what SQL says of the state."""
    of = VIEWS[view]
    settled(lambda: shown(page, view), of.known(truth, STATE), page.wait, by=of.by)


@pytest.mark.parametrize("view", ["summary", "timeline", "sequence"])
def test_an_address_opens_the_page_as_it_was(visit: Open, truth: Truth, view: str) -> None:
    known(visit(STATE), truth, view)


def test_a_page_that_is_loaded_again_is_as_it_was(visit: Open, truth: Truth) -> None:
    page = visit()
    page.panel("timeline").locator(".over").press("End")
    page.panel("cohorts").locator(".categories button").nth(1).click()
    page.panel("pairs")
    before = page.chosen(selection=..., a=..., tab="pairs")
    page.tab.reload()
    expect(page.tab.get_by_role("tab", name="Pairs")).to_have_attribute("aria-selected", "true")
    assert page.state() == before


def test_a_key_does_not_stay_in_the_address(visit: Open) -> None:
    assert "token" not in visit().tab.url


@pytest.mark.parametrize("view", FILED)
def test_a_spreadsheet_holds_what_sql_says(visit: Open, truth: Truth, view: str, tmp_path: Path) -> None:
    page = visit(STATE)
    known(page, truth, view)
    path = tmp_path / "table.csv"
    saved(page, view, "Table").save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        _, *rows = csv.reader(file)
    of = VIEWS[view]
    assert different(rows, of.known(truth, STATE), by=of.by) == []


def test_data_hold_the_selection_and_what_sql_says(visit: Open, truth: Truth, tmp_path: Path) -> None:
    page = visit(STATE)
    known(page, truth, "attribution")
    path = tmp_path / "data.json"
    saved(page, "attribution", "Data").save_as(path)
    found = json.loads(path.read_text())
    assert (found["selection"], found["cohort"]) == (STATE["selection"], STATE["a"])
    counts = [[row["Selected"], row["All"]] for row in found["table"]]
    assert counts == [row[1:3] for row in VIEWS["attribution"].known(truth, STATE)]


@pytest.mark.parametrize(("kind", "begins"), [("Picture", b"\x89PNG"), ("Drawing", b"<svg")])
def test_a_view_is_saved_as_a_picture(visit: Open, tmp_path: Path, kind: str, begins: bytes) -> None:
    path = tmp_path / "picture"
    saved(visit(), "timeline", kind).save_as(path)
    assert path.read_bytes().startswith(begins)


def test_a_saved_page_shows_the_same_without_a_server(
    visit: Open, chromium: Browser, truth: Truth, tmp_path: Path
) -> None:
    page = visit(STATE)
    with page.tab.expect_download() as found:
        page.panel("findings").get_by_role("button", name="Save the page").click()
    path = tmp_path / "page.html"
    found.value.save_as(path)
    with chromium.new_context() as context:
        alone = Page(context.new_page(), path.as_uri())
        alone.watch()
        alone.tab.goto(path.as_uri())
        for view in ("summary", "timeline", "attribution"):
            known(alone, truth, view)
        who = alone.panel("cohorts")
        who.locator(".outcomes .cell").first.click()
        expect(who.locator(".says")).to_contain_text("have the selection")
        expect(who.get_by_role("alert")).to_have_count(0)
        assert [one.url for one in alone.requests if not one.url.startswith(("file:", "data:", "blob:"))] == []
        assert alone.errors == []
