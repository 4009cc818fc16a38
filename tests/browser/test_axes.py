"""Views of further axes, in runs that have them: what they show is what was stored, with keys alone and for readers."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, expect

from aition.view.web.runs import Runs
from aition.view.web.served import Served
from aition.view.web.static import page_files
from browser.accessible import AXE, wrong
from browser.agreeing import agrees
from browser.page import AXES, Open, Page, visits
from stand_ins.axes import components, dreams, groups, hierarchies
from stand_ins.cube_runs import write_run
from stand_ins.web import Client, serving

RUNS = {"hierarchy": hierarchies, "components": components, "groups": groups, "dreams": dreams}


@pytest.fixture(scope="module")
def axes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A server of a run for each view, named by it."""
    here = tmp_path_factory.mktemp("axes")
    runs = Runs.at([write_run(here / name, [make()]).path for name, make in RUNS.items()])
    runs.prepare(progress="off")
    with closing(Served(runs, title="Axes")) as what, serving(what, page=page_files()) as client:
        yield client.begin()


@pytest.fixture
def shown(chromium: Browser, axes: Client) -> Iterator[Open]:
    """Opens a view on its run."""
    with visits(chromium, axes) as visit:

        def show(view: str, **more: object) -> Page:
            page: Page = visit({"run": view, "tab": view}, first=f'[data-view="{view}"]', **more)
            return page

        yield show


@pytest.mark.parametrize("view", AXES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_a_view_of_an_axis(shown: Open, view: str, theme: str) -> None:
    page = shown(view, color_scheme=theme)
    page.tab.evaluate(AXE)
    assert wrong(page, f'[data-view="{view}"]') == []
    page.table(view)
    assert wrong(page, f'[data-view="{view}"]') == []


@pytest.mark.parametrize("view", AXES)
def test_a_tab_of_an_axis_is_only_there_where_the_run_has_it(shown: Open, view: str) -> None:
    page = shown(view)
    tabs = page.tab.locator("[data-tab]").evaluate_all("all => all.map(one => one.dataset.tab)")
    assert set(tabs) & set(AXES) <= {view, "groups"}
    assert view in tabs or not tabs  # of one view there are no tabs


def test_a_hierarchy_shows_each_group_and_each_join(shown: Open) -> None:
    table = shown("hierarchy").table("hierarchy")
    assert list(table.columns) == ["Group", "Adds", "Made by join", "Joined again by"]
    adds = [0.5, 0.25, -0.5, 1.0, 1.0, 0.75, 2.0]
    assert all(agrees(row[1], known) for row, known in zip(table.rows, adds, strict=True)), table.rows
    assert [row[2] for row in table.rows] == ["–", "–", "–", "–", "1", "2", "3"]
    assert [row[3] for row in table.rows] == ["1", "1", "2", "3", "2", "3", "–"]


def test_components_are_means_of_what_was_stored(shown: Open) -> None:
    stored = components()
    table = shown("components").table("components")
    died = stored["attribution_component"].values[stored["target_class"].values == 1].mean(axis=0).sum(axis=-1)
    place = table.columns.index("Predicted died")
    assert all(agrees(row[place], known) for row, known in zip(table.rows, died, strict=True)), table.rows


def test_groups_are_ranked_and_pairs_act_together(shown: Open) -> None:
    page = shown("groups")
    means = groups()["attribution_group"].values.mean(axis=0)
    rows = page.table("groups").rows
    assert all(agrees(row[1], known) for row, known in zip(rows, means, strict=True)), rows
    page.panel("groups").get_by_role("button", name="Together").click()
    rows = page.table("groups").rows
    assert agrees(rows[0][2], 0.4)
    assert rows[0][2] == rows[1][1]


def test_dreams_say_how_sure_the_model_is(shown: Open) -> None:
    margin = dict(zip(dreams()["draw"].values, dreams()["margin"].values, strict=True))
    rows = shown("dreams").table("dreams").rows
    assert {row[0] for row in rows} == set(margin)
    assert all(agrees(row[2], margin[row[0]]) for row in rows), rows


@pytest.mark.parametrize(("view", "key"), [*zip(AXES, "hcgd", strict=True)])
def test_a_key_leads_to_the_view_of_an_axis(shown: Open, view: str, key: str) -> None:
    page = shown(view)
    page.go(key)
    expect(page.tab.locator(f'[data-view="{view}"] :focus')).to_be_visible()
