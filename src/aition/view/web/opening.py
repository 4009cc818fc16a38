"""What is served: the runs, the cells of one of them, and the columns of its sequences."""

import json
from typing import Any

import numpy as np

from aition.store.cube.opened import OpenCube
from aition.store.cube.settle import class_names, shared_labels
from aition.store.cube.stopping import Check
from aition.store.stored import StoredRun
from aition.store.summary.axes.present import axes_of, countable
from aition.store.summary.columns import Column, columns_of
from aition.store.summary.truth import unfit
from aition.view.web.asked import text
from aition.view.web.served import Answer, Body, Served

TOLD = (
    "explainer", "settings", "model", "target", "head", "seed", "device", "created_at", "seconds", "version",
)  # fmt: skip
"""What is said of where a run comes from: nothing that names a place on the disk."""
CLOSE = 1e-3
"""How far scores may lie from what they are taken for, as float32 rounds probabilities near 0 and 1."""


def opened(of: Served, body: Body, check: Check) -> Answer:
    """A run, with the names of all."""
    name = of.runs.name(text(body, "run"))
    run = of.runs.run(name)
    common = {
        "run": {"name": name, "digest": run.digest(), "attrs": told(run)},
        "runs": [summary(other, run) for other, run in of.runs.runs.items()],
        "title": of.title,
        "axes": axes_of(run),
        "has_cube": of.runs.counts(name),
    }
    return common | (counted(of, of.cube(body, check)) if common["has_cube"] else uncounted(run))


def counted(of: Served, cube: OpenCube) -> Body:
    """What a cube says of its run."""
    attrs = cube.run.attrs
    return {
        "spec": cube.spec.to_json(),
        "n_sample": len(cube),
        "n_row": cube.n_row,
        "n_target": cube.run.sizes.get("target", 1),
        "columns": [described(column) for column in columns_of(cube)],
        "static": shared_labels(cube.run, "static"),
        "samples_by_group": np.bincount(cube.group, minlength=len(cube.spec.groups)),
        "has_model": any(model.explains(attrs) for model in of.models),
        "has_truth": any(not unfit(cube.spec, truth) for truth in of.truth),
        "words": words_of(cube),
    }


def uncounted(run: StoredRun) -> Body:
    """A run of further axes alone: no cells, and samples only where it has such."""
    spec = {
        "features": [], "time_edges": [], "n_step": 0, "attribution_edges": [], "groups": [],
        "class_names": class_names(run), "target": 0, "align": "start",
        "time_unit": str(run.attrs.get("time_unit", "")),
    }  # fmt: skip
    nothing: Body = {"columns": [], "static": [], "samples_by_group": [], "words": {}, "n_row": 0}
    flags = {"has_model": False, "has_truth": False}
    sizes = {"n_sample": run.sizes.get("sample", 0), "n_target": run.sizes.get("target", 1)}
    return nothing | flags | sizes | {"spec": spec}


def words_of(cube: OpenCube) -> dict[str, str]:
    """What attributions are of, in words; empty where the score is neither a probability nor the log-odds of one.

    The scores of the sequences tell, beside the probabilities of the explained class.
    """
    score, probability, explained = (cube.samples[name] for name in ("score", "probability", "target_class"))
    known = np.isfinite(score) & np.isfinite(probability) & (probability > 0) & (probability < 1)
    classes = np.unique(explained[known])
    if len(classes) != 1 or not 0 <= classes[0] < len(cube.spec.class_names):
        return {}
    score, probability, name = score[known], probability[known], cube.spec.class_names[classes[0]]
    if np.allclose(score, probability, atol=CLOSE):
        return {"outcome": f"the probability of {name}", "unit": "probability", "scale": "probability"}
    if np.allclose(score, np.log(probability / (1 - probability)), rtol=CLOSE, atol=CLOSE):
        return {"outcome": f"the odds of {name}", "unit": "log-odds", "scale": "log-odds"}
    return {}


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


def described(column: Column) -> dict[str, Any]:
    """A column: of classes and categories the values that a cohort names, of numbers the edges of bins."""
    told: dict[str, Any] = {"name": column.name, "kind": column.kind, "n_missing": column.n_missing}
    if column.kind == "number":
        return told | {"bins": list(column.edges), "min": column.least, "max": column.most}
    return told | {"values": list(column.values), "labels": list(column.labels)}
