"""Two cohorts, two runs, two ways to count hours: the summary shows what lies between them."""

import re
from collections.abc import Iterator

import duckdb
import pytest
from playwright.sync_api import expect

from browser import ward
from browser.agreeing import Cell, settled
from browser.page import Open, State
from browser.test_brushing import shown
from browser.truth import Chosen, Truth
from browser.views import VIEWS
from stand_ins.web import Client

OLD: State = {"all": [{"column": "age", "from": 65}]}


def apart(truth: Truth, x: str, y: str) -> list[list[Cell]]:
    """Of each value, the difference of two averages, and the rows of the one that has fewer.

    Args:
        truth: Answers.
        x: A query of place, average and rows.
        y: What is taken from it, likewise.
    """
    rows = truth.connection.execute(
        f"SELECT place, x.mean - y.mean, least(x.n, y.n) FROM ({x}) AS x JOIN ({y}) AS y USING (place)"
    ).fetchall()
    names = [(truth.name(f), truth.value(f, b)) for f, b in truth.values()]
    return [[*names[place], mean, None, n] for place, mean, n in rows]


def averages(column: str, who: str) -> str:
    return f"SELECT place, avg({column}) AS mean, count(*) AS n FROM binned WHERE {who} GROUP BY 1"


def test_the_difference_of_two_cohorts_is_that_of_their_averages(visit: Open, truth: Truth) -> None:
    page = visit({"a": OLD, "b": {"not": OLD}, "show": "difference"})
    old = Chosen({"a": OLD}).who
    known = apart(truth, averages("attribution", old), averages("attribution", f"NOT {old}"))
    settled(lambda: shown(page, "summary"), known, page.wait, by=2)


def test_those_that_are_not_in_a_are_chosen_as_b(visit: Open, truth: Truth) -> None:
    page = visit({"a": OLD})
    page.tab.get_by_role("button", name=re.compile("Compare with")).click()
    page.tab.get_by_role("button", name="All that are not in A").click()
    page.chosen(b={"not": OLD})
    n = truth.connection.execute("SELECT count(*) FROM stays WHERE NOT age >= 65").fetchone()
    assert n
    expect(page.tab.locator(".slot b").last).to_have_text(str(n[0]))


def test_another_run_is_shown_as_what_it_says_more(visit: Open, truth: Truth) -> None:
    page = visit()
    page.panel("runs").locator("button.run-picture").click()
    page.chosen(other="occlusion", show="runs")
    known = apart(truth, averages("other", "true"), averages("attribution", "true"))
    settled(lambda: shown(page, "summary"), known, page.wait, by=2)


@pytest.fixture(scope="module")
def backwards(site: Client, stays: dict[str, object]) -> Iterator[Truth]:
    """What SQL says where hours are counted back from each stay's end."""
    with duckdb.connect() as connection:
        ward.raw(stays, connection)
        connection.execute("UPDATE rows SET step = length - 1 - step FROM stays WHERE stays.sample = rows.sample")
        yield Truth(connection, site.ask("open", {"align": "end"}).json())


@pytest.mark.parametrize("view", ["attribution", "sequence", "cohorts"])
def test_hours_are_counted_back_from_the_end(visit: Open, backwards: Truth, view: str) -> None:
    state: State = {"align": "end", "selection": {"time": [0, 2]}}
    page = visit(state)
    settled(lambda: shown(page, view), VIEWS[view].known(backwards, state), page.wait, by=0)


def test_undo_shows_what_was_shown(visit: Open, truth: Truth) -> None:
    page = visit()
    page.panel("timeline").locator(".over").press("Home")
    page.chosen(selection={"time": [0, 0]})
    page.tab.get_by_role("button", name="Undo").click()
    settled(lambda: shown(page, "cohorts"), VIEWS["cohorts"].known(truth, {}), page.wait, by=0)
