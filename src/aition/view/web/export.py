"""Files to keep: what a view shows, as a table for spreadsheets or as JSON."""

import csv
import io
from collections.abc import Mapping
from typing import Any

import numpy as np

from aition.core.errors import InputError
from aition.store.cube.opened import OpenCube
from aition.store.cube.stopping import Check
from aition.store.summary.brushed import brushed
from aition.store.summary.intervals import intervals
from aition.store.summary.selection import Selection
from aition.store.summary.value_time import value_time
from aition.view.web.asked import text
from aition.view.web.frames import as_json
from aition.view.web.opening import told
from aition.view.web.served import Answer, Body, Download, Served

TABLES = ("values", "sequences")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Beginnings by which a spreadsheet takes text for a formula."""
NOT_LISTED = ("sample",)


def exported(of: Served, body: Body, check: Check) -> Answer:
    """A table of values and times, or of the sequences that a brush touches."""
    kind = text(body, "kind", among=("csv", "json"))
    table = text(body, "table", among=TABLES, default=TABLES[0])
    state = body.get("state", {})
    if not isinstance(state, dict):
        raise InputError(f"state must be an object, but is {type(state).__name__}")
    cube, mask = of.asked(body, check)
    selection = Selection.from_json(body["selection"])
    if table == "values":
        found = value_time(
            cube.table(mask, check=check), selection, intervals(cube, mask, selection, check=check)
        ).columns()
    else:
        found = touched(cube, mask, selection, check)
    if kind == "csv":
        return Download(f"aition-{table}.csv", "text/csv; charset=utf-8", as_csv(found))
    name = of.runs.name(body.get("run", ""))
    whole = {
        "title": of.title,
        "run": {"name": name, "digest": cube.run.digest(), "attrs": told(cube.run)},
        "cohort": body["cohort"],
        "selection": body["selection"],
        "state": state,
        table: found,
    }
    return Download(f"aition-{table}.json", "application/json", as_json(whole))


def touched(cube: OpenCube, mask: Any, selection: Selection, check: Check) -> dict[str, Any]:
    """Every column of the sequences with selected rows."""
    found = brushed(cube, mask, selection, check=check)
    there = found.n > 0
    columns = {name: column[found.sample[there]] for name, column in cube.samples.items() if name not in NOT_LISTED}
    return {**columns, "in_brush": found.total[there], "n_brush": found.n[there]}


def as_csv(columns: Mapping[str, Any]) -> bytes:
    """A table, in which no text can be taken for a formula; what is missing is empty.

    >>> as_csv({"id": ["=1+1", "s2"], "mean": [-0.5, float("nan")]}).decode().splitlines()
    ['id,mean', "'=1+1,-0.5", 's2,']
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([guarded(name) for name in columns])
    for row in zip(*(np.asarray(column).tolist() for column in columns.values()), strict=True):
        writer.writerow([guarded(cell) for cell in row])
    return file.getvalue().encode()


def guarded(cell: Any) -> Any:
    """A cell: text that begins as formulas do is put behind an apostrophe, which says that it is text."""
    if isinstance(cell, float) and not np.isfinite(cell):
        return ""
    if isinstance(cell, str) and (cell.startswith(FORMULA) or cell.lstrip().startswith(FORMULA)):
        return f"'{cell}"
    return cell
