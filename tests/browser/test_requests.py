"""What a brush asks of the server, and what is read of the disk for it: counted."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Route

from aition.store.cube.opened import OpenCube
from aition.store.cube.pieces import Piece
from browser.agreeing import settled
from browser.page import Open, Page, visits
from browser.test_brushing import shown
from browser.truth import Truth
from browser.views import VIEWS
from stand_ins.web import Client

OF_ROWS = {"sequences": 1, "intervals": 1, "list": 1}
"""What only the rows can answer, and so a brush asks: which sequences, how sure, and which first."""
SMALL = 32_768
"""Bytes that the answers to a brush of these stays have, at most; their cube has twenty times as many."""


def hour(page: Page) -> None:
    page.panel("timeline").locator(".over").press("Home")


def strength(page: Page) -> None:
    page.panel("attribution").locator(".over").press("End")


def value(page: Page) -> None:
    page.panel("summary").locator(".labels .values button").nth(3).click()


def outcome(page: Page) -> None:
    page.panel("cohorts").get_by_role("rowheader", name="ward").get_by_role("button").click()


IN_THE_CUBE = (hour, strength, value, outcome)
OF_GROUPS = {"intervals": 1, "list": 1}
"""Sequences are counted by outcome, so that a selected outcome needs no other counts."""
Brush = Callable[[Page], None]


@contextmanager
def counting() -> Iterator[Counter[str]]:
    """How many rows the server reads meanwhile."""
    found: Counter[str] = Counter()
    piece = OpenCube.piece

    def counted(cube: OpenCube, own: np.ndarray[Any, Any]) -> Piece:
        answer = piece(cube, own)
        found["rows"] += len(answer.code)
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OpenCube, "piece", counted)
        yield found


@pytest.fixture
def read() -> Iterator[Counter[str]]:
    """How many rows the server reads while the test runs."""
    with counting() as found:
        yield found


@dataclass(frozen=True)
class Asked:
    """What a brush should ask and asked: the questions, bytes of all answers, and rows that were read for them."""

    expected: dict[str, int]
    questions: Counter[str]
    n_byte: int
    n_row: int


@pytest.fixture(scope="module", params=IN_THE_CUBE)
def asked(request: pytest.FixtureRequest, chromium: Browser, site: Client) -> Asked:
    """Of a brush in a cohort that nothing was asked about before."""
    with visits(chromium, site) as visit, counting() as found:
        page = visit({"a": {"all": [{"column": "age", "from": 40 + IN_THE_CUBE.index(request.param)}]}})
        page.requests.clear()
        found.clear()
        request.param(page)
        page.rest()
        answers = [one.response() for one in page.requests]
        n_byte = sum(len(one.body()) for one in answers if one)
        expected = OF_GROUPS if request.param is outcome else OF_ROWS
        return Asked(expected, Counter(page.sent()), n_byte, found["rows"])


def test_a_brush_asks_only_what_its_rows_must_answer(asked: Asked) -> None:
    assert asked.questions == asked.expected


def test_a_brush_moves_few_bytes(asked: Asked) -> None:
    assert 0 < asked.n_byte < SMALL


def test_a_brush_reads_each_row_once_a_question(asked: Asked, site: Client) -> None:
    assert 0 < asked.n_row <= len(OF_ROWS) * site.ask("open", {}).json()["n_row"]


@pytest.mark.parametrize("brush", IN_THE_CUBE)
def test_what_the_cube_knows_is_shown_before_the_server_answers(visit: Open, truth: Truth, brush: Brush) -> None:
    page = visit()
    held: list[Route] = []
    page.tab.route("**/api/*", lambda route: held.append(route))
    brush(page)
    state = page.chosen(selection=...)
    for view in ("attribution", "timeline"):
        settled(lambda name=view: shown(page, name), VIEWS[view].known(truth, state), page.wait, by=0)
    for route in held:
        route.continue_()


def test_a_drag_over_many_hours_asks_as_often_as_it_rests(visit: Open) -> None:
    page = visit()
    page.sent()
    slider = page.panel("timeline").locator(".over")
    slider.evaluate(
        """slider => { slider.focus(); for (let k = 0; k < 8; k++) slider.dispatchEvent(
             new KeyboardEvent("keydown", { key: "ArrowRight", shiftKey: k > 0, bubbles: true })); }"""
    )
    page.chosen(selection={"time": [0, 7]})
    assert Counter(page.sent()) == OF_ROWS


def test_what_was_asked_before_is_answered_without_reading(visit: Open, read: Counter[str]) -> None:
    page = visit({"a": {"all": [{"column": "age", "from": 51}]}})
    hour(page)
    page.rest()
    page.tab.keyboard.press("Escape")
    page.rest()
    read.clear()
    page.tab.get_by_role("button", name="Undo").click()
    page.rest()
    assert read["rows"] == 0


def test_another_cohort_brings_one_cube(visit: Open) -> None:
    page = visit()
    page.sent()
    page.panel("cohorts").locator(".categories button").first.click()
    assert Counter(page.sent()) == OF_ROWS | {"cube": 1}


def test_a_sequence_is_read_by_one_question_of_its_own_rows(visit: Open, read: Counter[str]) -> None:
    page = visit()
    page.sent()
    read.clear()
    page.panel("sequence").locator(".list tbody button").first.click()
    assert page.sent() == ["sequence"]
    assert read["rows"] <= 48


def test_views_that_are_away_ask_nothing(visit: Open) -> None:
    page = visit()
    hour(page)
    assert not {"patterns", "pairs", "compare", "embedding", "sequence"} & set(page.sent())


def test_looking_at_cells_asks_nothing(visit: Open) -> None:
    page = visit()
    page.sent()
    page.panel("summary").locator(".over.cells").hover()
    page.panel("attribution").locator(".over").hover()
    assert page.sent() == []


def test_going_through_the_looks_of_a_view_asks_nothing(visit: Open) -> None:
    page = visit()
    page.sent()
    page.table("summary")
    page.drawn("attribution").get_by_role("button", name="Equal parts").click()
    page.panel("summary").get_by_role("button", name="fill the page").click()
    assert page.sent() == []
