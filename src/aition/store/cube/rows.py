"""Rows of a stored run, shard by shard: one for each sample, step and feature that was explained."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.core.explanation import SCALES
from aition.store.columns import read_columns
from aition.store.shards import SHARED, Head, read_table
from aition.store.stored import StoredRun

DENSE, EVENTS = "sample-time-feature", "row"


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of one shard, those of a sample together, in order of samples.

    Args:
        sample: Position in the run, ``[row]``.
        step: From the sample's first existing step, ``[row]``.
        feature: Which, ``[row]``.
        value: What was measured; NaN where nothing was, ``[row]``.
        attribution: In single precision, ``[row]``.
        length: Steps of each of the shard's samples, ``[sample]``.
        first: The position of the shard's first sample.
    """

    sample: NDArray[np.int64]
    step: NDArray[np.integer[Any]]
    feature: NDArray[np.integer[Any]]
    value: NDArray[np.floating[Any]]
    attribution: NDArray[np.float32]
    length: NDArray[np.int64]
    first: int

    def __len__(self) -> int:
        return len(self.sample)

    def rows(self, own: slice | NDArray[Any]) -> "Rows":
        """Some of the rows."""
        return replace(
            self,
            sample=self.sample[own],
            step=self.step[own],
            feature=self.feature[own],
            value=self.value[own],
            attribution=self.attribution[own],
        )

    def of_samples(self, chosen: NDArray[np.bool_]) -> "Rows":
        """The rows of some of the shard's samples.

        Args:
            chosen: ``[sample of the shard]``.
        """
        return self.rows(chosen[self.sample - self.first])


def table_of(run: StoredRun, variable: str) -> str:
    """The table that holds the rows of a variable.

    Raises:
        InputError: The run has no such variable, or it does not lie along sample, time and feature, or row.
    """
    axes = run.variables.get(variable, ((), None))[0]
    series = len(axes) == len(set(axes)) and set(axes) - {"target"} == {"sample", "time", "feature"}
    if series or axes in (("row",), ("row", "target")):
        return "-".join(axes)
    found = ", ".join(f"{name} {list(own)}" for name, (own, _) in run.variables.items())
    raise InputError(f"{variable} must lie along sample, time and feature, or along row, but the run has {found}")


def rows_of(
    run: StoredRun, *, variable: str = "attribution", target: int = 0, shards: Sequence[int] = ()
) -> Iterator[Rows]:
    """The rows of a run, shard by shard; memory is that of a shard.

    Args:
        run: What was stored.
        variable: What is attributed.
        target: Which of several targets.
        shards: Which; all where none is named.

    Raises:
        InputError: There is no such variable or target.
        StoreError: A file was changed since it was written.
    """
    table = table_of(run, variable)
    n_target = run.sizes.get("target", 1) if "target" in run.variables[variable][0] else 1
    if not 0 <= target < n_target:
        raise InputError(f"target must be 0 to {n_target - 1}, but is {target}")
    read = events_of if table.startswith(EVENTS) else cells_of
    for shard in shards or range(run.n_shard):
        yield read(run, run.head(shard), table, variable, target)


def columns(run: StoredRun, head: Head, table: str, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Columns of a table of one shard, whose bytes are verified; nulls are NaN."""
    return read_columns(pa.BufferReader(read_table(run.path, head, table)), names)


def cells_of(run: StoredRun, head: Head, table: str, variable: str, target: int) -> Rows:
    """Rows of a shard of series."""
    places = ["sample", "time", "feature"]
    if table == DENSE:
        found = columns(run, head, DENSE, [*places, variable, "value", "observed"])
        value = np.where(found["observed"].astype(np.bool_), found["value"], np.float32(np.nan))
        there = ~np.isnan(found[variable])
    else:
        found = columns(run, head, table, [*places, variable, "target"])
        there = ~np.isnan(found[variable]) & (found["target"] == target)
        value = measured(run, head)[found["sample"] - head.first, found["time"], found["feature"]]
    begun, length = extent(run, head)
    chosen: Any = slice(None) if there.all() else there
    sample = found["sample"][chosen]
    order = in_order(sample)
    rows = Rows(
        sample=sample,
        step=found["time"][chosen] - begun[sample - head.first],
        feature=found["feature"][chosen],
        value=value[chosen],
        attribution=found[variable][chosen].astype(np.float32, copy=False),
        length=length,
        first=head.first,
    )
    return rows if isinstance(order, slice) else rows.rows(order)


def in_order(sample: NDArray[np.int64]) -> slice | NDArray[np.int64]:
    """What brings rows in order of samples."""
    return slice(None) if bool(np.all(sample[1:] >= sample[:-1])) else np.argsort(sample, kind="stable")


def measured(run: StoredRun, head: Head) -> NDArray[Any]:
    """What was measured, ``[sample of the shard, time, feature]``; NaN where nothing was."""
    found = columns(run, head, DENSE, ["sample", "time", "feature", "value", "observed"])
    shape = (head.n_lead, head.layout.sizes["time"], head.layout.sizes["feature"])
    value = np.full(shape, np.nan, dtype=found["value"].dtype)
    seen = found["observed"].astype(np.bool_)
    value[found["sample"][seen] - head.first, found["time"][seen], found["feature"][seen]] = found["value"][seen]
    return value


def extent(run: StoredRun, head: Head) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first existing step of each sample of a shard, and how many steps it has from there to its last."""
    found = columns(run, head, "sample-time", ["sample", "time", "exists"])
    exists = found["exists"].astype(np.bool_)
    sample, time = found["sample"][exists] - head.first, found["time"][exists].astype(np.int64)
    first = np.full(head.n_lead, np.iinfo(np.int64).max)
    last = np.full(head.n_lead, -1, dtype=np.int64)
    np.minimum.at(first, sample, time)
    np.maximum.at(last, sample, time)
    first = np.minimum(first, last + 1)
    return first, last + 1 - first


def events_of(run: StoredRun, head: Head, table: str, variable: str, target: int) -> Rows:
    """Rows of a shard of events."""
    with_value = "row_value" in run.variables
    names = ["row", "row_sample", "row_time", "row_feature", *(["row_value", "row_observed"] if with_value else [])]
    found = columns(run, head, EVENTS, names if table != EVENTS else [*names, variable])
    if table != EVENTS:
        own = columns(run, head, table, ["row", "target", variable])
        asked = own["target"] == target
        attribution = np.full(len(found["row"]), np.nan)
        attribution[np.searchsorted(found["row"], own["row"][asked])] = own[variable][asked]
        found[variable] = attribution
    found = {name: column[~np.isnan(found[variable])] for name, column in found.items()}
    sample, step = found["row_sample"].astype(np.int64), found["row_time"].astype(np.int64)
    value = np.full(len(sample), np.nan, dtype=np.float32)
    if with_value:
        value = in_units(run, found["row_feature"], found["row_value"])
        value = np.where(found["row_observed"].astype(np.bool_), value, np.nan)
    length = np.zeros(head.n_lead, dtype=np.int64)
    np.maximum.at(length, sample - head.first, step + 1)
    rows = Rows(
        sample, step, found["row_feature"], value, found[variable].astype(np.float32, copy=False), length, head.first
    )
    return rows.rows(in_order(sample))


def in_units(run: StoredRun, feature: NDArray[Any], value: NDArray[Any]) -> NDArray[Any]:
    """Values of events in the units of their records, where the run knows what was taken off them.

    Args:
        run: What was stored, of events.
        feature: The code of each event, ``[row]``.
        value: ``[row]``.
    """
    if not set(SCALES) <= set(run.variables):
        return value
    found = columns(run, run.head(SHARED), "feature", ["feature", *SCALES])
    mean, deviation = np.full((2, run.sizes["feature"]), np.nan)
    mean[found["feature"]], deviation[found["feature"]] = found[SCALES[0]], found[SCALES[1]]
    return np.asarray(mean[feature] + deviation[feature] * value)
