"""Explanations on further axes whose content is known: dreams, hierarchies, components and groups."""

from typing import Any

import numpy as np

from aition.core.explanation import Explanation, explanation
from stand_ins.cube_runs import ATTRS

FEATURES = ["lactate", "pulse", "pressure"]
CLASSES = ["survived", "died"]
QUESTION = '[{"at": {"class": "predicted"}, "versus": {}}]'


def dreams(*, n_draw: int = 6, n_time: int = 20, n_real: int = 30, seed: int = 0) -> Explanation:
    """Two waves of class 0 and 1 in turn, at a swing of 1 to 1.5, beside real ones of a swing of about 1.

    The last draw stands between the classes; the one before it is unlike all that is real.
    """
    draw = np.random.default_rng(seed)
    step = np.arange(n_time) / n_time
    shift = np.array([0.0, 0.25])
    wave = [np.sin(2 * np.pi * ((1 + one) * step[:, None] + shift)) for one in (0, 1)]
    label = np.arange(n_real) % 2
    swing = 1 + 0.2 * draw.normal(size=n_real)
    real = np.stack([swing[i] * wave[label[i]] for i in range(n_real)]) + 0.1 * draw.normal(size=(n_real, n_time, 2))
    target = np.arange(n_draw) % 2
    value = np.stack([(1 + 0.5 * i / n_draw) * wave[target[i]] for i in range(n_draw)])
    value[-1] = (wave[0] + wave[1]) / 2
    value[-2] += draw.normal(size=(n_time, 2))
    margin = np.linspace(2, 6, n_draw)
    margin[-1] = 0.0
    between = np.full(n_draw, -1)
    between[-1] = 1 - target[-1]
    distance = ((value[:, None] - real[None]) ** 2).mean(axis=(2, 3))
    exists = np.ones((n_draw, n_time), dtype=bool)
    exists[0, -2:] = False
    value[~exists] = np.nan
    inside = np.linspace(20, 90, n_draw)
    inside[-2] = 99.9
    variables = {
        "value": (("draw", "time", "feature"), value.astype("f4")),
        "exists": (("draw", "time"), exists),
        "target_class": (("draw",), target),
        "target_class_other": (("draw",), between),
        "prediction": (("draw", "class"), np.where(np.arange(2) == target[:, None], margin[:, None], 0).astype("f4")),
        "margin": (("draw",), margin.astype("f4")),
        "percentile_neighbours": (("draw",), inside.astype("f4")),
        "percentile_spectrum": (("draw",), np.linspace(30, 70, n_draw).astype("f4")),
        "nearest": (("draw",), distance.argmin(axis=1)),
        "nearest_distance": (("draw",), np.sqrt(distance.min(axis=1)).astype("f4")),
        "objective": (("draw", "iteration"), (margin[:, None] * (1 - np.exp(-np.arange(12) / 3))).astype("f4")),
        "real_value": (("real", "time", "feature"), real.astype("f4")),
        "real_label": (("real",), label),
        "real_margin": (("real",), np.linspace(1, 4, n_real).astype("f4")),
    }
    coords = {
        "draw": [f"dream {i}" for i in range(n_draw)],
        "real": [f"series {i}" for i in range(n_real)],
        "feature": FEATURES[:2],
        "class": CLASSES,
    }
    return explanation(variables, coords=coords, attrs=ATTRS | {"explainer": "dream", "target": QUESTION})


def people(
    n_sample: int, n_time: int, *, seed: int = 0, rows: bool = True
) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """What the driver writes of some samples; with ``rows`` also attributions of cells, which a cube counts."""
    draw = np.random.default_rng(seed)
    shape = (n_sample, n_time, len(FEATURES))
    exists = np.ones(shape[:2], dtype=bool)
    exists[0, : n_time // 4] = False
    value = np.cumsum(draw.normal(0, 0.4, shape), axis=1) + np.array([2, 80, 120])
    value[~exists] = np.nan
    prediction = draw.normal(size=(n_sample, 2)).astype("f4")
    predicted = prediction.argmax(axis=1)
    variables: dict[str, Any] = {
        "value": (("sample", "time", "feature"), value.astype("f4")),
        "observed": (("sample", "time", "feature"), np.broadcast_to(exists[:, :, None], shape).copy()),
        "exists": (("sample", "time"), exists),
        "times": (("sample", "time"), np.where(exists, np.arange(n_time) * 1.0, np.nan)),
        "label": (("sample",), draw.integers(0, 2, n_sample)),
        "prediction": (("sample", "class"), prediction),
        "score": (("sample",), prediction.max(axis=1)),
        "target_class": (("sample",), predicted),
    }
    if rows:
        attribution = np.where(exists[:, :, None], draw.normal(0, 0.1, shape), np.nan).astype("f4")
        variables["attribution"] = (("sample", "time", "feature"), attribution)
    coords = {"sample": [f"s{i}" for i in range(n_sample)], "feature": FEATURES, "class": CLASSES}
    return variables, coords


def hierarchies(*, n_sample: int = 3, n_time: int = 8, n_leaf: int = 8, rows: bool = True) -> Explanation:
    """Hierarchies of unequal depth.

    The first sample has four groups, joined one after another; the second three, joined at once; the others
    ``n_leaf``, of which the two nearest are joined each time.
    """
    n_group, n_merge = max(4, n_leaf), max(3, n_leaf - 1)
    variables, coords = people(n_sample, n_time, rows=rows)
    membership = np.zeros((n_sample, n_group, n_time, len(FEATURES)), dtype=bool)
    alone, made = np.full((n_sample, n_group), np.nan), np.full((n_sample, n_merge), np.nan)
    joined, again = np.full((n_sample, n_group), -1), np.full((n_sample, n_merge), -1)
    first = n_time // 4
    for place, (step, feature) in enumerate([(first, 0), (first + 1, 0), (first, 1), (n_time - 1, 2)]):
        membership[0, place, step, feature] = True
    alone[0, :4], joined[0, :4] = [0.5, 0.25, -0.5, 1.0], [0, 0, 1, 2]
    made[0, :3], again[0, :3] = [1.0, 0.75, 2.0], [1, 2, -1]
    for place in range(3):
        membership[1, place, :, place] = True
    alone[1, :3], joined[1, :3], made[1, 0] = [0.1, 0.2, 0.3], 0, 1.0
    for sample in range(2, n_sample):
        merged(sample, membership[sample], alone[sample], made[sample], joined[sample], again[sample], n_leaf)
    variables |= {
        "membership": (("sample", "group", "time", "feature"), membership),
        "attribution_group": (("sample", "group"), alone.astype("f4")),
        "group_joined": (("sample", "group"), joined),
        "attribution_merge": (("sample", "merge"), made.astype("f4")),
        "merge_joined": (("sample", "merge"), again),
    }
    return explanation(variables, coords=coords, attrs=ATTRS | {"explainer": "hierarchy", "target": QUESTION})


def merged(seed: int, membership: Any, alone: Any, made: Any, joined: Any, again: Any, n_leaf: int) -> None:
    """Blocks of two steps of a feature, joined with the nearest in turn."""
    draw = np.random.default_rng(seed)
    n_time = membership.shape[1]
    blocks = [(step, feature) for step in range(0, n_time - 1, 2) for feature in range(len(FEATURES))]
    chosen = draw.permutation(len(blocks))[:n_leaf]
    alone[: len(chosen)] = draw.normal(0, 0.4, len(chosen))
    nodes = [(blocks[one], alone[place], place, False) for place, one in enumerate(chosen)]
    for place, ((step, feature), *_) in enumerate(nodes):
        membership[place, step : step + 2, feature] = True
    for merge in range(len(chosen) - 1):
        pairs = [(i, j) for i in range(len(nodes)) for j in range(i)]
        apart = [np.hypot(nodes[i][0][0] - nodes[j][0][0], 3 * (nodes[i][0][1] - nodes[j][0][1])) for i, j in pairs]
        i, j = pairs[int(np.argmin(apart))]
        for _, _, place, is_merge in (nodes[i], nodes[j]):
            (again if is_merge else joined)[place] = merge
        where = ((nodes[i][0][0] + nodes[j][0][0]) / 2, (nodes[i][0][1] + nodes[j][0][1]) / 2)
        made[merge] = nodes[i][1] + nodes[j][1] + draw.normal(0, 0.05)
        nodes = [one for place, one in enumerate(nodes) if place not in (i, j)] + [(where, made[merge], merge, True)]


def components(*, n_sample: int = 12, n_time: int = 16, rows: bool = True) -> Explanation:
    """Frequencies of series: those of 2 a series raise the score in class 1, and lower it in class 0; no other counts.

    The components of a series, back in time, add up to it.
    """
    variables, coords = people(n_sample, n_time, rows=rows)
    series = np.random.default_rng(1).normal(0, 1, (n_sample, n_time, len(FEATURES)))
    variables["exists"][1][:] = True
    variables["observed"][1][:] = True
    variables["times"][1][:] = np.arange(n_time)
    if rows:
        variables["attribution"][1][:] = np.nan_to_num(variables["attribution"][1])
    predicted = variables["target_class"][1]
    n_component = n_time // 2 + 1
    swing = np.sin(2 * np.pi * 2 * np.arange(n_time) / n_time)
    series += 2 * predicted[:, None, None] * swing[None, :, None]
    value = np.fft.rfft(series, axis=1).astype("c8")
    frequency, step = np.arange(n_component), np.arange(n_time)
    twice = np.where((frequency == 0) | (2 * frequency == n_time), 1, 2)[:, None]
    basis = twice * np.exp(2j * np.pi * frequency[:, None] * step / n_time) / n_time
    attribution = np.zeros((n_sample, n_component, len(FEATURES)))
    attribution[:, 2, :] = np.where(predicted[:, None] == 1, [1.0, 0.5, 0.0], [-0.5, -0.25, 0.0])
    attribution += 0.01 * np.random.default_rng(2).normal(size=attribution.shape)
    variables |= {
        "value": (("sample", "time", "feature"), series.astype("f4")),
        "attribution_component": (("sample", "component", "feature"), attribution.astype("f4")),
        "value_component": (("sample", "component", "feature"), value),
        "basis": (("component", "time"), basis.astype("c8")),
    }
    coords |= {"component": (frequency / n_time).round(4).tolist()}
    told = {"explainer": "transformed", "component_name": "frequency", "component_unit": "cycles per hour"}
    return explanation(variables, coords=coords, attrs=ATTRS | told | {"target": QUESTION})


def groups(*, n_sample: int = 12, n_time: int = 12, rows: bool = True, shared: bool = True) -> Explanation:
    """Three groups, the same in all samples.

    They are the first third of lactate (1.0), all of pulse (−0.5), and the steps 0 and 2 of pressure (0.1), which are
    no box; the first two act together (0.4).
    """
    variables, coords = people(n_sample, n_time, rows=rows)
    variables["exists"][1][0] = variables["exists"][1][1]
    if rows:
        variables["attribution"][1][0] = np.nan_to_num(variables["attribution"][1][0])
    membership = np.zeros((3, n_time, len(FEATURES)), dtype=bool)
    membership[0, : n_time // 3, 0] = membership[1, :, 1] = True
    membership[2, [0, 2], 2] = True
    attribution = np.tile([1.0, -0.5, 0.1], (n_sample, 1)) + 0.01 * (np.arange(n_sample) % 12)[:, None]
    together = np.zeros((n_sample, 3, 3))
    together[:, 0, 1] = together[:, 1, 0] = 0.4
    together[:, np.arange(3), np.arange(3)] = np.nan
    variables |= {
        "attribution_group": (("sample", "group"), attribution.astype("f4")),
        "interaction": (("sample", "group", "group_other"), together.astype("f4")),
        "membership": (("group", "time", "feature"), membership)
        if shared
        else (("sample", "group", "time", "feature"), np.tile(membership, (n_sample, 1, 1, 1))),
    }
    return explanation(variables, coords=coords, attrs=ATTRS | {"explainer": "groups", "target": QUESTION})


def larger(n_sample: int, n_time: int) -> dict[str, Explanation]:
    """One of each, larger, to be looked at."""
    return {
        "dreams": dreams(n_draw=30, n_time=120, n_real=200),
        "hierarchies": hierarchies(n_sample=n_sample, n_time=n_time, n_leaf=24),
        "components": components(n_sample=n_sample, n_time=n_time),
        "groups": groups(n_sample=n_sample, n_time=n_time),
        "groups-alone": groups(n_sample=n_sample, n_time=n_time, rows=False, shared=False),
    }
