"""Sequences: how many, which, where on a map, and one of them."""

import numpy as np

from aition.store.cube.opened import OpenCube
from aition.store.cube.stopping import Check
from aition.store.summary.brushed import brushed
from aition.store.summary.columns import static_columns
from aition.store.summary.embedding import embedding
from aition.store.summary.listing import listing
from aition.store.summary.selection import Selection
from aition.store.summary.sequence import nearest, sequence
from aition.store.summary.sequences import sequences
from aition.view.web.asked import flag, text, texts, whole_number
from aition.view.web.frames import frame
from aition.view.web.served import Answer, Body, Served

LISTED = ("id", "predicted", "label", "probability")
MOST_POINTS = 20_000
AS_GIVEN = ("attribution_static",)


def histograms(of: Served, body: Body, check: Check) -> Answer:
    """Sequences of a cohort by columns, all of them and those that a brush touches."""
    cube, mask = of.asked(body, check)
    most = whole_number(body, "approximate")
    selection, columns = Selection.from_json(body["selection"]), texts(body, "columns")
    found = sequences(cube, mask, selection, columns=columns, most=most, check=check)
    meta = {
        "exact": found.share == 1.0,
        "share": found.share,
        "n_all": found.everybody.sum(),
        "n_brushed": found.brushed.sum(),
        "half_width": found.half_width,
    }
    arrays = {"groups:all": found.everybody, "groups:brushed": found.brushed}
    for one in found.histograms:
        arrays |= {f"{one.column.name}:all": one.everybody, f"{one.column.name}:brushed": one.brushed}
    return frame(meta, {name: array.astype("f8") for name, array in arrays.items()})


def listed(of: Served, body: Body, check: Check) -> Answer:
    """A page of the sequences that a brush touches."""
    cube, mask = of.asked(body, check)
    found = brushed(cube, mask, Selection.from_json(body["selection"]), check=check)
    page = listing(
        cube,
        found,
        sort=text(body, "sort", default="in_brush"),
        descending=flag(body, "descending", default=True) if "descending" in body else None,
        first=whole_number(body, "first"),
        n=whole_number(body, "n", default=50),
    )
    columns = {name: cube.samples[name][page.sample] for name in LISTED}
    columns |= {"in_brush": page.in_brush, "n_brush": page.n_brush}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return {"n": page.n, "descending": page.descending, "rows": rows}


def one_sequence(of: Served, body: Body, check: Check) -> Answer:
    """One sequence, with those of another class that are most alike."""
    cube, name = of.cube(body, check), text(body, "id")
    found, alike = sequence(cube, name), nearest(cube, name)
    columns = cube.samples
    near = [
        {**row(cube, int(sample)), "distance": distance}
        for sample, distance in zip(alike.sample, alike.distance, strict=True)
    ]
    meta = {
        **row(cube, found.sample),
        "score": columns["score"][found.sample],
        "target_class": columns["target_class"][found.sample],
        "static": statics(cube, found.sample),
        "n_step": len(found.times),
        "feature": found.feature,
        "nearest": near,
    }
    if "completeness" in columns and not set(AS_GIVEN) & set(cube.run.variables):
        completeness = columns["completeness"][found.sample]
        meta |= {"completeness": completeness}
        meta |= {"baseline_score": meta["score"] - columns["total"][found.sample] + completeness}
    arrays = {"value": found.value.astype("f4"), "attribution": found.attribution.astype("f4"), "times": found.times}
    return frame(meta, arrays)


def row(cube: OpenCube, sample: int) -> dict[str, object]:
    """What is said of a sequence wherever it is named."""
    return {name: cube.samples[name][sample] for name in LISTED}


def statics(cube: OpenCube, sample: int) -> dict[str, object]:
    """Static values of a sequence by their names."""
    return {name: cube.samples[column][sample] for column, name in static_columns(cube).items()}


def points(of: Served, body: Body, check: Check) -> Answer:
    """A map of a cohort's sequences: at once by principal components, by t-SNE when that is arranged."""
    cube, mask = of.asked(body, check)
    kind = text(body, "method", among=("", "t-sne", "components"))
    found = embedding(cube, arranged=kind != "components")
    arranging = kind != "components" and of.runs.arranger.wanted(cube)
    sample = np.flatnonzero(cube.some(mask, MOST_POINTS))
    arrays = {
        "x": found.place[sample, 0].astype("f4"),
        "y": found.place[sample, 1].astype("f4"),
        "group": cube.group[sample].astype("i4"),
        "sample": sample.astype("i4"),
    }
    meta = {
        "method": found.method,
        "kind": found.kind,
        "arranging": arranging,
        "ids": cube.samples["id"][sample],
        "exact": len(sample) == int(mask.sum()),
    }
    return frame(meta, arrays)
