"""What a user selects in a view, by mouse, and what must then be chosen."""

from collections.abc import Callable, Mapping

import numpy as np
from playwright.sync_api import expect

from browser.page import Page, State, box_of
from browser.truth import Truth


def value(page: Page, truth: Truth) -> State:
    """V2: a click on a value."""
    label = truth.value(0, 5)
    page.panel("summary").locator(".labels .values button").filter(has_text=label).first.click()
    return page.chosen(selection={"values": [[0, 5]]})


def cells(page: Page, truth: Truth) -> State:
    """V2: a drag over the two highest values of the first feature, and some hours."""
    panel = page.panel("summary")
    band = panel.locator(".labels .band.unfolded").first
    name = band.locator(".name").inner_text().splitlines()[0]
    rows = [box_of(band.locator(".values button").nth(row)) for row in (0, 1)]
    sheet = box_of(panel.locator(".over.cells"))
    begin, end = ((row["y"] + row["height"] / 2 - sheet["y"]) / sheet["height"] for row in rows)
    page.drag(panel.locator(".over.cells"), (5.5 / 12, begin), (8.5 / 12, end))
    feature = [truth.name(f) for f in range(len(truth.features))].index(name)
    n = len(truth.features[feature]["labels"])
    return page.chosen(selection={"values": [[feature, n - 1], [feature, n]], "time": [5, 8]})


def hours(page: Page, truth: Truth) -> State:
    """V2: a drag over the hours."""
    page.drag(page.panel("summary").locator(".axis .over"), (3.5 / 12, 0.5), (8.5 / 12, 0.5))
    return page.chosen(selection={"time": [3, 8]})


def timeline(page: Page, truth: Truth) -> State:
    """V4: a drag over the hours."""
    page.drag(page.panel("timeline").locator(".over"), (5.5 / 12, 0.5), (2.5 / 12, 0.5))
    return page.chosen(selection={"time": [2, 5]})


def strength(page: Page, truth: Truth) -> State:
    """V3: a drag over the strong ones, whose place is the cube root of their size."""
    n = len(truth.strengths) + 1
    low, high = truth.reach
    edges = np.cbrt([low, *truth.strengths, high])
    at = (edges - edges[0]) / (edges[-1] - edges[0])
    first, last = ((at[bin] + at[bin + 1]) / 2 for bin in (n - 6, n - 2))
    page.drag(page.panel("attribution").locator(".over"), (first, 0.5), (last, 0.5))
    return page.chosen(selection={"attribution": [n - 6, n - 2]})


def column(page: Page, truth: Truth) -> State:
    """V1: a drag over ages."""
    age = next(one for one in truth.columns if one["name"] == "age")
    n = len(age["bins"]) + 1
    page.drag(page.panel("cohorts").get_by_role("slider", name="Age"), (10.5 / n, 0.5), ((n - 0.5) / n, 0.5))
    return page.chosen(a={"all": [{"column": "age", "from": age["bins"][9]}]})


def category(page: Page, truth: Truth) -> State:
    """V1: a click on a category."""
    facet = page.panel("cohorts").locator(".facet").filter(has=page.tab.get_by_role("heading", name="Elective"))
    facet.locator(".categories button").nth(1).click()
    return page.chosen(a={"all": [{"column": "elective", "in": [1]}]})


def outcome(page: Page, truth: Truth) -> State:
    """V1: a click on those who were predicted to die."""
    page.panel("cohorts").get_by_role("rowheader", name="died").get_by_role("button").click()
    return page.chosen(selection={"groups": [g for g, (predicted, _) in enumerate(truth.groups) if predicted == 2]})


def lasso(page: Page, truth: Truth) -> State:
    """V1: a line around the left half of the map, between two dots that stand apart."""
    panel = page.panel("cohorts")
    panel.get_by_role("button", name="Map").click()
    place = panel.get_by_role("application")
    expect(place.locator(".note")).to_have_count(0)
    expect(place.locator(".arranging")).to_have_count(0, timeout=60_000)
    page.rest()
    meta, arrays = page.answer("embedding")
    width = box_of(place)["width"]
    x = 8 + (arrays["x"] - arrays["x"].min()) / np.ptp(arrays["x"]) * (width - 16)
    order = np.sort(x)
    free = np.flatnonzero(np.diff(order) > 2)
    cut = free[np.abs(order[free] - width / 2).argmin()]
    edge = float(order[cut] + order[cut + 1]) / 2 / width
    page.drag(place, (0.01, 0.01), (edge, 0.01), (edge, 0.99), (0.01, 0.99), (0.01, 0.1))
    inside = [name for name, at in zip(meta["ids"], x.tolist(), strict=True) if at < edge * width]
    page.chosen(picked=...)
    return picked("map", {"ids": inside})


def pattern(page: Page, truth: Truth) -> State:
    """V5: a click on a pattern."""
    first = page.panel("patterns").get_by_role("button", name="Pattern 1")
    expect(first).to_be_visible()
    page.rest()
    _, arrays = page.answer("patterns")
    first.click()
    expect(first).to_have_attribute("aria-pressed", "true")
    return picked("patterns", {"column": "sample", "in": arrays["sample"][arrays["members"] == 0].tolist()})


def pair(page: Page, truth: Truth) -> State:
    """V6: a click on two values that stand together."""
    matrix = page.panel("pairs").get_by_role("application")
    expect(matrix.locator(".note")).to_have_count(0)
    page.rest()
    box = box_of(matrix)
    side = min(box["width"] - 82, box["height"] - 58)
    matrix.click(position={"x": 82 + 0.05 * side, "y": 58 + 0.85 * side})
    state = page.chosen(picked=...)
    assert [one["from"] for one in state["picked"]] == ["pairs"]
    return state


def picked(view: str, cohort: State) -> State:
    """What is chosen where nothing is but stays that were picked in a view."""
    return {"picked": [{"from": view, "cohort": cohort}]}


BRUSHES: Mapping[str, Callable[[Page, Truth], State]] = {
    one.__name__: one
    for one in (value, cells, hours, timeline, strength, column, category, outcome, lasso, pattern, pair)
}
