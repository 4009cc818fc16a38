"""Further axes: hierarchies, components and groups."""

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.store.cube.settle import feature_names, unit_of_steps
from aition.store.cube.stopping import Check
from aition.store.stored import StoredRun
from aition.store.summary.axes import components as in_components
from aition.store.summary.axes import groups as in_groups
from aition.store.summary.axes.cells import extents, membership
from aition.store.summary.axes.course import course, extent
from aition.store.summary.axes.hierarchy import hierarchy
from aition.store.summary.axes.present import check_axis
from aition.store.summary.axes.reading import is_shared, labels_along
from aition.store.summary.axes.spread import Spread, spread
from aition.store.summary.cohort import digest_of
from aition.view.web.asked import text, whole_number
from aition.view.web.beside import EVERYBODY, people
from aition.view.web.frames import frame
from aition.view.web.served import Answer, Body, Served


def joined(of: Served, body: Body, check: Check) -> Answer:
    """The hierarchy of one sequence."""
    check_axis(of.runs.run(text(body, "run")), "merge")
    who = people(of, body, check)
    position = who.one(body)
    found = hierarchy(who.run, position, target=who.target)
    meta = {
        **who.told(position),
        "group": found.group,
        "names": named(who.run, found.group),
        "n_group": found.n_group,
        **features_and_times(who.run),
    }
    arrays = {
        "group_attribution": found.attribution.astype("f4"),
        "group_joined": found.joined.astype("i4"),
        "merge_attribution": found.merge_attribution.astype("f4"),
        "merge_joined": found.merge_joined.astype("i4"),
        "cells": found.cells,
        "value": found.value.astype("f4"),
    }
    return frame(meta, arrays)


def transformed(of: Served, body: Body, check: Check) -> Answer:
    """Components over a cohort, in one of its sequences, and one of them back in time."""
    run = of.runs.run(text(body, "run"))
    check_axis(run, "component")
    who = people(of, body, check)
    key = ("components", run.digest(), who.target, digest_of(body.get("cohort", EVERYBODY)))
    known = of.runs.said.get(key)
    if not known:
        found = spread(run, "attribution_component", ("component",), **who.spread, check=check)
        known = (of.runs.said.put(key, {"spread": found}),)
    names = in_components.names(run)
    arrays = spread_arrays(known[0]["spread"], len(names))
    meta: Body = {
        "n_sample": int(who.mask.sum()),
        "class_names": who.classes,
        "samples_by_class": np.bincount(
            who.samples["predicted"][who.mask & (who.samples["predicted"] >= 0)], minlength=len(who.classes)
        ),
        "names": names,
        "n_component": run.sizes["component"],
        "component_name": str(run.attrs.get("component_name", "component")),
        "component_unit": str(run.attrs.get("component_unit", "")),
        "has_basis": in_components.has_basis(run),
        **features_and_times(run),
    }
    if "id" in body:
        position = who.position(text(body, "id"))
        own = in_components.components(run, position, target=who.target)
        meta |= {"one": who.told(position)}
        arrays |= {"own": own.attribution, "own_by_feature": own.by_feature, "own_size": own.size}
        if "component" in body and meta["has_basis"]:
            part = in_components.part_in_time(run, position, whole_number(body, "component"))
            arrays |= {"value": part.value, "part": part.part}
    return frame(meta, {name: one.astype("f4") for name, one in arrays.items()})


def grouped(of: Served, body: Body, check: Check) -> Answer:
    """Groups of cells over a cohort, or of one sequence, where they lie, and which act together."""
    run = of.runs.run(text(body, "run"))
    check_axis(run, "group")
    who = people(of, body, check)
    same = in_groups.comparable(run)
    meta: Body = {"comparable": same, "class_names": who.classes, **features_and_times(run)}
    arrays: dict[str, NDArray[Any]] = {}
    own = np.zeros(0)
    position = who.one(body) if "id" in body or not same else -1
    if position >= 0:
        own = in_groups.own_groups(run, position, target=who.target)
        meta |= {"one": who.told(position)}
    if same:
        found = in_groups.ranked(run, **who.spread, check=check)
        group, n_group = found.group, found.n_group
        arrays |= spread_arrays(found.attribution, len(group))
    else:
        group, n_group = in_groups.strongest(own, in_groups.MOST_GROUPS), int((~np.isnan(own)).sum())
    meta |= {"n_sample": int(who.mask.sum()), "group": group, "n_group": n_group, "names": named(run, group)}
    shared = is_shared(run, "membership")
    begin = extent(run, position)[0] if position >= 0 else 0
    cells = membership(run, group, position=position, begin=begin) if shared or position >= 0 else np.zeros((0, 3))
    meta |= {"extents": [asdict(one) for one in extents(cells.astype("i4"), len(group))], "has_cells": len(cells) > 0}
    if position >= 0:
        arrays |= {"own": own[group], "value": course(run, position)}
    if in_groups.interacts(run):
        most = group[: in_groups.MOST_TOGETHER]
        if position >= 0:
            arrays |= {"own_interaction": in_groups.own_interactions(run, position, most, target=who.target)}
        if same:
            together = in_groups.interactions(run, most, **who.spread, check=check)
            arrays |= {"interaction": together.mean[0], "interaction_half": together.half[0]}
    return frame(meta, {name: one.astype("f4") for name, one in arrays.items()} | {"cells": cells.astype("i4")})


def spread_arrays(found: Spread, n_part: int) -> dict[str, NDArray[Any]]:
    """Means by kind and part, of the first parts."""
    arrays = {"n": found.n, "mean": found.mean, "size": found.size, "half": found.half}
    return {name: one[:, :n_part] for name, one in arrays.items()}


def named(run: StoredRun, group: NDArray[np.int64]) -> list[str]:
    """Names of groups; none where they have none."""
    labels = labels_along(run, "group")
    return [str(labels[place]) for place in group.tolist()] if labels else []


def features_and_times(run: StoredRun) -> Body:
    """What rows and columns of pictures are called."""
    names = feature_names(run) if "feature" in run.sizes else []
    return {"feature_names": names, "n_step": run.sizes.get("time", 0), "time_unit": unit_of_steps(run)}
