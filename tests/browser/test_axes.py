"""Views of further axes, in runs that have them: what they show is what was stored, with keys alone and for readers."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, expect

from aition.dream import verdicts_of
from aition.store import keep
from aition.view.web.runs import Runs
from aition.view.web.served import Served
from aition.view.web.static import page_files
from browser.accessible import AXE, wrong
from browser.agreeing import agrees
from browser.page import AXES, Open, Page, visits
from stand_ins.axes import components, dreams, groups, hierarchies
from stand_ins.cube_runs import write_run
from stand_ins.dreams import dreamed
from stand_ins.web import Client, serving

RUNS = {"hierarchy": hierarchies, "components": components, "groups": groups, "dreams": dreams}


@pytest.fixture(scope="module")
def axes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A server of a run for each view, named by it."""
    here = tmp_path_factory.mktemp("axes")
    paths = [write_run(here / name, [make()]).path for name, make in RUNS.items()]
    runs = Runs.at([*paths, keep(dreamed(), here / "driven").path])
    runs.prepare(progress="off")
    with closing(Served(runs, title="Axes")) as what, serving(what, page=page_files()) as client:
        yield client.begin()


@pytest.fixture
def shown(chromium: Browser, axes: Client) -> Iterator[Open]:
    """Opens a view on its run."""
    with visits(chromium, axes) as visit:

        def show(view: str, *, run: str = "", **more: object) -> Page:
            page: Page = visit({"run": run or view, "tab": view}, first=f'[data-view="{view}"]', **more)
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


def test_dreams_of_the_driver_come_by_what_they_were_driven_to_with_verdicts(shown: Open) -> None:
    one, known = dreamed(), verdicts_of(dreamed())
    page = shown("dreams", run="driven")
    panel = page.panel("dreams")
    for wish, verdict in zip(("class 0", "class 1", "between class 0 and class 1"), known, strict=True):
        section = panel.get_by_role("region", name=f"Dreams of {wish}", exact=True)
        expect(section.locator(".believed")).to_contain_text(verdict.words)
        expect(section.locator("button.dream")).to_have_count(3)
    panel.get_by_label("What dreams are of").select_option(label="Class 1 (3)")
    rows = page.table("dreams").rows
    assert [row[0] for row in rows] == one["draw"].values[3:6].tolist()
    assert all(agrees(row[3], float(one["wanted"][3])) for row in rows), rows


def test_a_dream_close_up_stands_beside_the_real_series_that_reaches_most(shown: Open) -> None:
    one = dreamed()
    page = shown("dreams", run="driven")
    panel = page.panel("dreams")
    panel.get_by_role("button", name="class 1, dream 2,").click()
    detail = panel.locator(".dream-detail")
    top, nearest = (str(one["real"].values[int(one[name][5])]) for name in ("top", "nearest"))
    expect(detail).to_contain_text(f"The real one that reaches most: {top}")
    expect(detail).to_contain_text(f"Nearest real series: {nearest}")
    expect(detail).to_contain_text(
        f"All dreams of class 1: {'✓' if verdicts_of(one)[1].finding == 'believable' else '✕'}"
    )
    judges = [name for name in one.data_vars if str(name).startswith("percentile_")]
    said = detail.locator(".judges dd > b").all_inner_texts()
    assert len(said) == len(judges)
    assert all(agrees(text, float(one[name][5])) for text, name in zip(said, judges, strict=True)), said
    expect(detail.locator(".judges i.at.real")).to_have_count(len(judges))


@pytest.mark.parametrize(("view", "key"), [*zip(AXES, "hcgd", strict=True)])
def test_a_key_leads_to_the_view_of_an_axis(shown: Open, view: str, key: str) -> None:
    page = shown(view)
    page.go(key)
    expect(page.tab.locator(f'[data-view="{view}"] :focus')).to_be_visible()
