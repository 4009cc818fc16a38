"""Rows of a stored run, shard by shard: one for each sample, step and feature that was explained."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from aition.core.errors import InputError
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
        attribution: Finite, ``[row]``.
        length: Steps of each of the shard's samples, ``[sample]``.
        first: The position of the shard's first sample.
    """

    sample: NDArray[np.int64]
    step: NDArray[np.int64]
    feature: NDArray[np.int64]
    value: NDArray[np.float64]
    attribution: NDArray[np.float64]
    length: NDArray[np.int64]
    first: int

    def __len__(self) -> int:
        return len(self.sample)

    def of_samples(self, chosen: NDArray[np.bool_]) -> "Rows":
        """The rows of some of the shard's samples.

        Args:
            chosen: ``[sample of the shard]``.
        """
        own = chosen[self.sample - self.first]
        return replace(
            self,
            sample=self.sample[own],
            step=self.step[own],
            feature=self.feature[own],
            value=self.value[own],
            attribution=self.attribution[own],
        )


def table_of(run: StoredRun, variable: str) -> str:
    """The table that holds the rows of a variable.

    Raises:
        InputError: The run has no such variable, or it does not lie along sample, time and feature, or row.
    """
    axes = run.variables.get(variable, ((), None))[0]
    if set(axes) - {"target"} == {"sample", "time", "feature"} or (axes[:1] == ("row",) and set(axes) <= {"row", "target"}):
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
    """
    table = table_of(run, variable)
    n_target = run.sizes.get("target", 1) if "target" in run.variables[variable][0] else 1
    if not 0 <= target < n_target:
        raise InputError(f"target must be 0 to {n_target - 1}, but is {target}")
    read = events_of if table.startswith(EVENTS) else cells_of
    for shard in shards or range(run.n_shard):
        yield read(run, shard, table, variable, target)


def columns(run: StoredRun, shard: int, table: str, names: list[str]) -> dict[str, NDArray[Any]]:
    """Columns of a table of one shard; nulls are NaN."""
    read = pq.read_table(run.files(table)[max(shard, 0)], columns=names)
    return {name: np.asarray(read[name].to_numpy()) for name in names}


def cells_of(run: StoredRun, shard: int, table: str, variable: str, target: int) -> Rows:
    """Rows of a shard of series."""
    head = run.head(shard)
    asked = ["sample", "time", "feature", variable, *(["target"] if "target" in table else [])]
    found = columns(run, shard, table, asked)
    there = ~np.isnan(found[variable])
    there &= found["target"] == target if "target" in found else True
    sample, time, feature = (found[name][there].astype(np.int64) for name in asked[:3])
    shape = (head.n_lead, head.layout.sizes["time"], head.layout.sizes["feature"])
    value = np.full(shape, np.nan)
    stands = columns(run, shard, DENSE, ["sample", "time", "feature", "value", "observed"])
    seen = stands["observed"].astype(np.bool_)
    value[stands["sample"][seen] - head.first, stands["time"][seen], stands["feature"][seen]] = stands["value"][seen]
    begun, length = extent(run, shard)
    return Rows(
        sample=sample,
        step=time - begun[sample - head.first],
        feature=feature,
        value=value[sample - head.first, time, feature],
        attribution=found[variable][there].astype(np.float32).astype(np.float64),
        length=length,
        first=head.first,
    )


def extent(run: StoredRun, shard: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first existing step of each sample of a shard, and how many steps it has from there to its last."""
    head = run.head(shard)
    found = columns(run, shard, "sample-time", ["sample", "time", "exists"])
    exists = found["exists"].astype(np.bool_)
    sample, time = found["sample"][exists] - head.first, found["time"][exists].astype(np.int64)
    first = np.full(head.n_lead, np.iinfo(np.int64).max)
    last = np.full(head.n_lead, -1, dtype=np.int64)
    np.minimum.at(first, sample, time)
    np.maximum.at(last, sample, time)
    first = np.minimum(first, last + 1)
    return first, last + 1 - first


def events_of(run: StoredRun, shard: int, table: str, variable: str, target: int) -> Rows:
    """Rows of a shard of events."""
    head = run.head(shard)
    with_value = "row_value" in run.variables
    names = ["row", "row_sample", "row_time", "row_feature", *(["row_value", "row_observed"] if with_value else [])]
    found = columns(run, shard, EVENTS, names if table != EVENTS else [*names, variable])
    if table != EVENTS:
        own = columns(run, shard, table, ["row", "target", variable])
        asked = own["target"] == target
        attribution = np.full(len(found["row"]), np.nan)
        attribution[np.searchsorted(found["row"], own["row"][asked])] = own[variable][asked]
        found[variable] = attribution
    there = ~np.isnan(found[variable])
    sample, step = found["row_sample"][there].astype(np.int64), found["row_time"][there].astype(np.int64)
    measured = found["row_observed"][there].astype(np.bool_) if with_value else np.zeros(len(sample), dtype=np.bool_)
    value = np.where(measured, found["row_value"][there], np.nan) if with_value else np.full(len(sample), np.nan)
    length = np.zeros(head.n_lead, dtype=np.int64)
    np.maximum.at(length, sample - head.first, step + 1)
    if "n_step" in run.variables and run.variables["n_step"][0] == ("sample",):
        length = columns(run, shard, "sample", ["n_step"])["n_step"].astype(np.int64)
    order = np.argsort(sample, kind="stable")
    return Rows(
        sample[order], step[order], found["row_feature"][there].astype(np.int64)[order], value[order],
        found[variable][there].astype(np.float32).astype(np.float64)[order], length, head.first,
    )  # fmt: skip
