"""Settling what the cells of a cube mean: where values, times and attributions part, by rows drawn at random."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.store.columns import read_columns
from aition.store.cube.bins import NOT_MEASURED, SHARES, FeatureBins, attribution_edges, value_bins
from aition.store.cube.count import by_feature
from aition.store.cube.one_output import CLASSES
from aition.store.cube.rows import EVENTS, Rows, rows_of, table_of
from aition.store.cube.spec import OTHER, Align, CubeSpec
from aition.store.cube.stopping import Check
from aition.store.stored import StoredRun

LOOKED_AT = 2_000_000
"""Rows, about, whose values and attributions decide where bins part."""
SHARDS_LOOKED_AT = 16
MOST_CELLS = 8_000_000
"""Cells that are held at once, at most: time is told apart less finely where there would be more."""
HELD = 2 * MOST_CELLS
"""Cells beyond which a cube is asked for by features."""
LEAST_TIMES = 16
"""Bins of time that are kept even so."""
MOST_GROUPS = 64
MOST_PROFILED = 256
MOST_SHARES = 200

Pairs = tuple[tuple[int, int], ...]


def grouped(
    predicted: NDArray[np.int64], label: NDArray[np.int64]
) -> tuple[NDArray[np.int64], Pairs, NDArray[np.int64]]:
    """Pairs of a predicted class and a label.

    Returns:
        The pair of each sample, ``[sample, 2]``; the different ones; and which each sample's is. Where there are more
        than ``MOST_GROUPS``, labels other than the predicted class are one.
    """
    pairs = np.stack([predicted, label], axis=1)
    groups, group = np.unique(pairs, axis=0, return_inverse=True)
    if len(groups) > MOST_GROUPS:
        pairs[:, 1] = np.where((label == predicted) | (label == -1), label, OTHER)
        groups, group = np.unique(pairs, axis=0, return_inverse=True)
    return pairs, tuple((one, other) for one, other in groups.tolist()), group.reshape(-1)


@dataclass(frozen=True)
class Fineness:
    """How finely rows are told apart.

    Args:
        cuts: Edges of values that mean something, such as clinical ones, by feature.
        units: Of values, by feature; they take the place of those that the run knows.
        n_value: Bins of a feature's values where it has no cuts and many values; of equal mass.
        n_time: Bins of time, at most; of equal numbers of steps.
        shares: Of measured rows, those whose attributions lie below the edges of bins.
    """

    cuts: Mapping[str, Sequence[float]] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    n_value: int = 5
    n_time: int = 64
    shares: tuple[float, ...] = SHARES

    def __post_init__(self) -> None:
        for name in ("n_value", "n_time"):
            if not 1 <= getattr(self, name) <= 200:
                raise InputError(f"{name} must be 1 to 200, but is {getattr(self, name)}")
        if len(self.shares) > MOST_SHARES or not all(0 < share < 1 for share in self.shares):
            raise InputError(f"shares must be at most {MOST_SHARES}, between 0 and 1, but are {self.shares}")


DEFAULT = Fineness()


def settled(
    run: StoredRun,
    groups: Pairs,
    fineness: Fineness,
    *,
    variable: str,
    target: int,
    align: Align,
    check: Check,
) -> CubeSpec:
    """What the cells of a run's cube are to mean.

    Raises:
        InputError: Cuts or units are of no feature of the run.
    """
    names = feature_names(run)
    if unknown := sorted((set(fineness.cuts) | set(fineness.units)) - set(names)):
        raise InputError(f"cuts and units must be of features of the run, but {unknown[0]!r} is none of {names[:5]}…")
    looked = looked_at(run, variable=variable, target=target, check=check)
    without = "no value" if table_of(run, variable).startswith(EVENTS) else NOT_MEASURED
    features = features_of(looked, names, fineness, units={**units_of(run), **fineness.units}, without=without)
    edges = attribution_edges(looked.attribution, ~np.isnan(looked.value), shares=fineness.shares)
    n_step = longest(run)
    width = sum(one.n_bin for one in features) * (len(edges) + 1) * len(groups)
    held = max(MOST_CELLS // max(width, 1), LEAST_TIMES)
    weight = np.bincount(looked.feature, np.abs(looked.attribution), minlength=len(names))
    largest = np.sort(np.argsort(-weight, kind="stable")[:MOST_PROFILED])
    return CubeSpec(
        features=features,
        time_edges=even_edges(n_step, min(fineness.n_time, held)),
        n_step=n_step,
        attribution_edges=edges,
        groups=groups,
        class_names=class_names(run, predicted=any(predicted >= 0 for predicted, _ in groups)),
        target=target,
        align=align,
        time_unit=unit_of_steps(run),
        profiled=tuple(largest.tolist()) if len(names) > MOST_PROFILED else (),
    )


def unit_of_steps(run: StoredRun) -> str:
    """The unit of time, where each step is one of it, as far as the first shard tells; "" where steps are others."""
    table = f"{run.lead}-time"
    if {run.lead, "time", "times"} <= set(run.tables.get(table, [])):
        column = read_columns(run.files(table)[0], [run.lead, "time", "times"])
        one = (np.diff(column[run.lead]) == 0) & (np.diff(column["time"]) == 1)
        if not np.allclose(np.diff(column["times"])[one], 1.0, equal_nan=True):
            return ""
    return str(run.attrs.get("time_unit", ""))


def longest(run: StoredRun) -> int:
    """A number of steps that no sample exceeds."""
    if "time" in run.sizes:
        return run.sizes["time"]
    found = run.sql('SELECT max(row_time) AS last FROM "row"')["last"][0].as_py()
    return int(found if found is not None else 0) + 1


def taken_over(like: CubeSpec, run: StoredRun, groups: Pairs, *, target: int) -> CubeSpec:
    """The spec of another run's cube, with the groups of this run beside its own.

    Raises:
        InputError: It lacks features of this run.
    """
    known = {one.name for one in like.features}
    if missing := [name for name in feature_names(run) if name not in known]:
        raise InputError(f"runs must share their features to be compared, but the other has no {missing[0]!r}")
    more = tuple(pair for pair in groups if pair not in like.groups)
    return replace(like, groups=like.groups + more, target=target, n_step=max(like.n_step, longest(run)))


def looked_at(run: StoredRun, *, variable: str, target: int, check: Check) -> Rows:
    """Rows of samples drawn at random, evenly from the run's shards."""
    shards = np.unique(np.linspace(0, run.n_shard - 1, min(run.n_shard, SHARDS_LOOKED_AT)).astype(np.int64))
    drawn = np.random.default_rng(0)
    parts = []
    for rows in rows_of(run, variable=variable, target=target, shards=shards.tolist()):
        check()
        share = min(1.0, LOOKED_AT / len(shards) / max(1, len(rows)))
        parts.append(rows.of_samples(drawn.random(len(rows.length)) < share))
    names = ("sample", "step", "feature", "value", "attribution", "length")
    return Rows(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names}, first=0)


def features_of(
    looked: Rows, names: Sequence[str], fineness: Fineness, *, units: Mapping[str, str], without: str
) -> tuple[FeatureBins, ...]:
    """Bins of every feature's values."""
    order, ends = by_feature(looked.feature, len(names))
    return tuple(
        value_bins(
            name,
            looked.value[order[ends[place] : ends[place + 1]]],
            cuts=fineness.cuts.get(name, ()),
            n_bin=fineness.n_value,
            unit=units.get(name, ""),
            without=without,
        )
        for place, name in enumerate(names)
    )


def feature_names(run: StoredRun) -> list[str]:
    """Names of the features, or of the codes of events."""
    labels = shared_labels(run, "feature")
    return labels or [f"f{place}" for place in range(run.sizes["feature"])]


def units_of(run: StoredRun) -> dict[str, str]:
    """Units of the features' values that the run knows, by feature."""
    return dict(json.loads(str(run.attrs.get("units", "")) or "{}"))


def class_names(run: StoredRun, *, predicted: bool = False) -> tuple[str, ...]:
    """Names of the classes; their numbers where they have none.

    Args:
        run: What was stored.
        predicted: Whether classes are predicted, if only by a single output that tells two apart.
    """
    if predicted and run.sizes.get("class", 0) < 2:
        return CLASSES
    return tuple(shared_labels(run, "class")) or tuple(str(place) for place in range(run.sizes.get("class", 0)))


def shared_labels(run: StoredRun, axis: str) -> list[str]:
    """Labels of an axis that all samples share; none where it has none."""
    if "id" not in run.tables.get(axis, []):
        return []
    return [str(name) for name in read_columns(run.files(axis)[0], ["id"])["id"].tolist()]


def even_edges(n_step: int, n_time: int) -> tuple[int, ...]:
    """Edges of bins of equally many steps, the last of which may be shorter.

    >>> even_edges(10, 4)
    (3, 6, 9)
    """
    width = -(-n_step // n_time)
    return tuple(range(width, n_step, width))
