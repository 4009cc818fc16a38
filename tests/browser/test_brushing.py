"""What is brushed in one view is what every view shows: compared with SQL on the raw rows."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from browser.agreeing import settled
from browser.brushes import BRUSHES
from browser.page import Page, State, visits
from browser.truth import Truth
from browser.views import VIEWS
from stand_ins.web import Client

Brushed = tuple[Page, State]


@pytest.fixture(scope="module", params=[pytest.param("", id="nothing"), *BRUSHES])
def brushed(request: pytest.FixtureRequest, chromium: Browser, site: Client, truth: Truth) -> Iterator[Brushed]:
    """A page in which something was selected, and what; the tests only read it."""
    with visits(chromium, site) as visit:
        page = visit({"nPattern": 3})
        yield page, BRUSHES[request.param](page, truth) if request.param else {}


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_shows_what_sql_counts_of_the_brushed_rows(brushed: Brushed, truth: Truth, view: str) -> None:
    page, state = brushed
    of = VIEWS[view]
    settled(lambda: shown(page, view), of.known(truth, state), page.wait, by=of.by)


def shown(page: Page, view: str) -> list[list[str]]:
    """The rows of a view's table, without what SQL doesn't know of them; of patterns, all together."""
    rows = [list(row) for row in page.table(view).rows]
    if view != "patterns":
        return rows
    none = re.search(r"([\d,]+) (?:is|are) like no others", page.says(view))
    n = sum(int(row[1].replace(",", "")) for row in rows) + (int(none[1].replace(",", "")) if none else 0)
    return [["All", f"{n:,}"]]
