"""One sequence: what was measured, what it was attributed, and its nearest cases of another class."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.store.columns import read_columns
from aition.store.cube.opened import OpenCube
from aition.store.cube.rows import DENSE, EVENTS, in_units, table_of
from aition.store.shards import Head, place
from aition.store.stored import StoredRun, verified

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class OneSequence:
    """One sequence, from its first existing step to its last.

    Args:
        sample: Its position in the run.
        feature: Places of the features that it has, ``[feature]``: all of a series, those that happen of events.
        value: What was measured, ``[step, feature]``, of events in the units of their records; NaN where nothing was.
        attribution: ``[step, feature]``; NaN where nothing was explained. Events of one kind in one step are added up,
            and their value is that of the last.
        times: When, ``[step]``, in the run's unit.
    """

    sample: int
    feature: NDArray[np.int64]
    value: Floats
    attribution: Floats
    times: Floats


@dataclass(frozen=True, eq=False)
class Nearest:
    """Sequences with the most alike profile of attributions.

    Args:
        sample: Their positions, the nearest first.
        distance: Root mean square of the differences, in standard deviations of each feature.
    """

    sample: NDArray[np.int64]
    distance: Floats


def sequence(cube: OpenCube, name: str, *, variable: str = "attribution") -> OneSequence:
    """The rows of a sequence, as the run says; of series in single precision.

    Args:
        cube: The cube.
        name: The sequence's id.
        variable: What is attributed.

    Raises:
        InputError: There is no such sequence.
        StoreError: A file of the run was changed.
    """
    run, position = cube.run, cube.position(name)
    ends = np.cumsum([size for size, _ in run.manifest.shards])
    head = run.head(int(np.searchsorted(ends, position, side="right")))
    table = table_of(run, variable)
    if table.startswith(EVENTS):
        return of_events(run, head, table, variable, position, cube.spec.target)
    when, times = steps(run, head, position)
    if cube.spec.n_time == cube.spec.n_step:
        value, attribution = from_codes(cube, position)
    else:
        value, attribution = from_tables(run, head, table, variable, position, cube.spec.target, when)
    return OneSequence(position, np.arange(run.sizes["feature"]), value, attribution, times)


def steps(run: StoredRun, head: Head, position: int) -> tuple[NDArray[np.int64], Floats]:
    """The first existing step of a sample and the one behind its last, and when each step from the first on was."""
    found = rows_at(run, head, "sample-time", "sample", position, ["time", "exists", "times"])
    exists = found["exists"].astype(np.bool_)
    when = found["time"][exists].astype(np.int64)
    begin, end = (int(when.min()), int(when.max()) + 1) if len(when) else (0, 0)
    times = np.full(end - begin, np.nan)
    times[when - begin] = found["times"][exists]
    return np.array([begin, end]), times


def from_codes(cube: OpenCube, position: int) -> tuple[Floats, Floats]:
    """Values and attributions of a sample of series, where each step has a time bin of its own."""
    spec, own = cube.spec, np.array([position])
    piece = cube.piece(own)
    place, time = np.divmod((piece.code // np.uint32(spec.n_attribution)).astype(np.int64), spec.n_time)
    n_step = int(cube.samples["length"][position])
    step = time if spec.align == "start" else n_step - 1 - time
    value, attribution = np.full((2, n_step, len(spec.features)), np.nan)
    cell = (step, spec.feature_of_value[place])
    value[cell], attribution[cell] = cube.value(own), piece.attribution
    return value, attribution


def from_tables(
    run: StoredRun, head: Head, table: str, variable: str, position: int, target: int, when: NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """Values and attributions of a sample of series, from the run's tables."""
    begin, end = when.tolist()
    value, attribution = np.full((2, end - begin, run.sizes["feature"]), np.nan)
    places, measured = ["time", "feature"], ["value", "observed"]
    found = rows_at(
        run, head, table, "sample", position, [*places, variable, *(measured if table == DENSE else ["target"])]
    )
    own = ~np.isnan(found[variable]) & (True if table == DENSE else found["target"] == target)
    attribution[found["time"][own] - begin, found["feature"][own]] = found[variable][own]
    if table != DENSE:
        found = rows_at(run, head, DENSE, "sample", position, [*places, *measured])
    own = found["observed"].astype(np.bool_)
    value[found["time"][own] - begin, found["feature"][own]] = found["value"][own]
    return np.where(np.isnan(attribution), np.nan, value), attribution


def of_events(run: StoredRun, head: Head, table: str, variable: str, position: int, target: int) -> OneSequence:
    """A sequence of a run of events."""
    with_value = ["row_value", "row_observed"] if "row_value" in run.variables else []
    asked = ["row", "row_time", "row_feature", "row_times", *with_value, *([variable] if table == EVENTS else [])]
    found = rows_at(run, head, EVENTS, "row_sample", position, asked)
    if table != EVENTS:
        several = columns_at(run, head, table, ["row", "target", variable])
        own = (several["target"] == target) & np.isin(several["row"], found["row"])
        attribution = np.full(len(found["row"]), np.nan)
        attribution[np.searchsorted(found["row"], several["row"][own])] = several[variable][own]
        found[variable] = attribution
    there = ~np.isnan(found[variable])
    found = {name: column[there] for name, column in found.items()}
    feature, column = np.unique(found["row_feature"], return_inverse=True)
    step = found["row_time"].astype(np.int64)
    n_step = int(step.max()) + 1 if len(step) else 0
    given = np.full(len(step), np.nan)
    if with_value:
        own = found["row_observed"].astype(np.bool_)
        given[own] = in_units(run, found["row_feature"], found["row_value"])[own]
    cell = step * len(feature) + column.reshape(-1)
    value, attribution = cells_of_events(cell, given, found[variable], shape=(n_step, len(feature)))
    times = np.full(n_step, np.nan)
    times[step] = found["row_times"]
    return OneSequence(position, feature.astype(np.int64), value, attribution, times)


def cells_of_events(
    cell: NDArray[np.int64], value: Floats, attribution: NDArray[Any], *, shape: tuple[int, int]
) -> tuple[Floats, Floats]:
    """Values and attributions of events as cells, ``[step, feature]``; NaN where nothing happened.

    Args:
        cell: The place of each event among all cells, ``[event]``, in the order in which they happened.
        value: NaN where an event has none, ``[event]``; the last stands for those of a cell.
        attribution: ``[event]``; those of a cell are added up.
        shape: Steps and features.

    >>> value, attribution = cells_of_events(np.array([0, 0]), np.array([5.0, 7.0]), np.array([1.0, 2.0]), shape=(1, 2))
    >>> value.tolist(), attribution.tolist()
    ([[7.0, nan]], [[3.0, nan]])
    """
    whole, total = np.full((2, shape[0] * shape[1]), np.nan)
    happened = np.bincount(cell, minlength=len(total)) > 0
    total[happened] = np.bincount(cell, attribution, minlength=len(total))[happened]
    known = ~np.isnan(value)
    whole[cell[known]] = value[known]
    return whole.reshape(shape), total.reshape(shape)


def columns_at(run: StoredRun, head: Head, table: str, names: list[str]) -> dict[str, NDArray[Any]]:
    """Columns of a table of one shard, which is verified once and then as long as it changes."""
    path = place(run.path, head.shard) / f"{table}.parquet"
    run.watched.read(path, partial(verified, run.path, head, table))
    return read_columns(path, names, mapped=True)


def rows_at(
    run: StoredRun, head: Head, table: str, by: str, position: int, names: list[str]
) -> dict[str, NDArray[Any]]:
    """Columns of the rows of one sample."""
    read = columns_at(run, head, table, [by, *names])
    own = np.flatnonzero(read[by] == position)
    return {name: read[name][own] for name in names}


def nearest(cube: OpenCube, name: str, *, n: int = 5) -> Nearest:
    """Sequences of another predicted class whose features are attributed most alike, added up over time.

    Args:
        cube: The cube.
        name: The sequence's id.
        n: How many.
    """
    position = cube.position(name)
    predicted = cube.samples["predicted"]
    others = np.flatnonzero(predicted != predicted[position])
    scale = cube.profiles.std(axis=0)
    scale = np.where(scale > 0, scale, 1)
    distance = np.sqrt((((cube.profiles[others] - cube.profiles[position]) / scale) ** 2).mean(axis=1))
    order = np.argsort(distance, kind="stable")[:n]
    return Nearest(others[order], distance[order].astype(np.float64))
