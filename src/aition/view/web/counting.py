"""Counts of rows by group, value, time and attribution, and how sure their means are."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.store.cube.opened import OpenCube
from aition.store.cube.stopping import Check
from aition.store.cube.table import Table
from aition.store.summary.cohort import digest_of
from aition.store.summary.compare import compare
from aition.store.summary.intervals import intervals
from aition.store.summary.selection import Selection
from aition.store.summary.words import whole
from aition.view.web.asked import whole_number
from aition.view.web.frames import filled, frame
from aition.view.web.served import Answer, Body, Served


def counts(of: Served, body: Body, check: Check) -> Answer:
    """Counts of a cohort; where not all sequences were looked at, scaled to all of them."""
    cube, features = of.cube(body, check), whole("features", body.get("features", []))
    most = whole_number(body, "approximate")
    key = ("cube", cube.folder, digest_of(body["cohort"]), features, most)
    if found := of.runs.answers.get(key):
        return found[0]
    mask = of.runs.mask(cube, body["cohort"], check)
    table = cube.table(mask, features=features, most=most, check=check)
    return of.runs.answers.put(key, framed(cube, table, mask, cohort=digest_of(body["cohort"])))


def compared(of: Served, body: Body, check: Check) -> Answer:
    """Counts of another run in the cells of the first, of the sequences that both have."""
    cube, features = of.cube(body, check), whole("features", body.get("features", []))
    other = of.cube(body, check, name="other", like=cube.spec.digest)
    key = ("compare", cube.folder, other.folder, digest_of(body["cohort"]), features)
    if found := of.runs.answers.get(key):
        return found[0]
    mask = of.runs.mask(cube, body["cohort"], check)
    found_there = compare(cube, other, mask, features=features, check=check)
    answer = framed(
        cube, found_there.table, found_there.mask, cohort=digest_of(body["cohort"]), n_shared=found_there.n_shared
    )
    return of.runs.answers.put(key, answer)


def framed(cube: OpenCube, table: Table, mask: NDArray[np.bool_], **more: Any) -> bytes:
    """Counts as a frame."""
    by_group = np.bincount(cube.group[mask], minlength=len(cube.spec.groups))
    meta = {"exact": table.exact, "share": table.share, "n_sample": int(mask.sum()), "samples_by_group": by_group}
    meta["shape"] = table.n.shape
    scale = 1 / table.share
    n = table.n if table.exact else np.rint(table.n * scale)
    arrays = filled({"n": n.astype("u4"), "total": table.total, "squares": table.squares}, "n")
    for name in ("total", "squares"):
        arrays[name] = (arrays[name] if table.exact else arrays[name] * scale).astype("f4")
    return frame(meta | more, arrays)


def half_widths(of: Served, body: Body, check: Check) -> Answer:
    """Half widths of the 95 % intervals of means by value and time, by value, and of all that is selected."""
    features = whole("features", body.get("features", []))
    cube, mask = of.asked(body, check)
    found = intervals(cube, mask, Selection.from_json(body["selection"]), features=features, check=check)
    meta = {"share": found.share, "mean": found.mean, "half": found.whole, "exact": found.share == 1.0}
    scale = 1 / found.share
    meta |= {"n_row": round(found.n_whole * scale), "n_sequence": round(found.n_sequence * scale)}
    return frame(meta, {"half": found.cell.astype("f4"), "row_half": found.row.astype("f4")})
