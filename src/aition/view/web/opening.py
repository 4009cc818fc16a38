"""What is served: the runs, the cells of one of them, and the columns of its sequences."""

import json
from typing import Any

import numpy as np

from aition.store.cube.opened import OpenCube
from aition.store.cube.rows import EVENTS
from aition.store.cube.settle import class_names, shared_labels
from aition.store.cube.stopping import Check
from aition.store.stored import StoredRun
from aition.store.summary.axes.present import axes_of, countable
from aition.store.summary.columns import columns_of
from aition.store.summary.truth import unfit
from aition.view.web.asked import text
from aition.view.web.described import column_of, spec_of, targets_of, words_of
from aition.view.web.served import Answer, Body, Served

TOLD = (
    "explainer", "settings", "model", "target", "head", "seed", "device", "created_at", "seconds", "version",
)  # fmt: skip
"""What is said of where a run comes from: nothing that names a place on the disk."""


def opened(of: Served, body: Body, check: Check) -> Answer:
    """A run, with the names of all."""
    name = of.runs.name(text(body, "run"))
    run = of.runs.run(name)
    common = {
        "run": {"name": name, "digest": run.digest(), "attrs": told(run)},
        "runs": [summary(other, run) for other, run in of.runs.runs.items()],
        "comparable": of.runs.comparable(name),
        "title": of.title,
        "axes": axes_of(run),
        "has_cube": of.runs.counts(name),
    }
    return common | (counted(of, of.cube(body, check)) if common["has_cube"] else uncounted(run))


def counted(of: Served, cube: OpenCube) -> Body:
    """What a cube says of its run."""
    attrs = cube.run.attrs
    return {
        "spec": spec_of(cube, of.wording),
        "n_sample": len(cube),
        "n_row": cube.n_row,
        "n_target": cube.run.sizes.get("target", 1),
        "targets": targets_of(cube, of.wording),
        "columns": [column_of(cube, column, of.wording) for column in columns_of(cube)],
        "static": shared_labels(cube.run, "static"),
        "samples_by_group": np.bincount(cube.group, minlength=len(cube.spec.groups)),
        "of_events": EVENTS in cube.run.tables,
        "has_model": any(model.explains(attrs) for model in of.models),
        "has_truth": any(not unfit(cube.spec, truth) for truth in of.truth),
        "words": words_of(cube, of.wording),
    }


def uncounted(run: StoredRun) -> Body:
    """A run of further axes alone: no cells, and samples only where it has such."""
    spec = {
        "features": [], "time_edges": [], "n_step": 0, "attribution_edges": [], "groups": [],
        "class_names": class_names(run), "target": 0, "align": "start",
        "time_unit": str(run.attrs.get("time_unit", "")),
    }  # fmt: skip
    nothing: Body = {"columns": [], "targets": [], "static": [], "samples_by_group": [], "words": {}, "n_row": 0}
    flags = {"has_model": False, "has_truth": False}
    sizes = {"n_sample": run.sizes.get("sample", 0), "n_target": run.sizes.get("target", 1)}
    return nothing | flags | sizes | {"spec": spec}


def told(run: StoredRun) -> dict[str, Any]:
    """Where a run comes from."""
    return {name: run.attrs[name] for name in TOLD if name in run.attrs}


def summary(name: str, run: StoredRun) -> dict[str, Any]:
    """One of several runs, in a line."""
    attrs = run.attrs
    targets = json.loads(attrs.get("target") or "[]")
    words = ", ".join(f"{axis}={choice}" for axis, choice in (targets[0]["at"] if targets else {}).items()) or "scalar"
    return {
        "name": name,
        "explainer": attrs.get("explainer", ""),
        "model": attrs.get("model", ""),
        "target": words,
        "has_cube": countable(run),
    }
