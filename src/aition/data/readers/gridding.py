"""Gridding: what was recorded of some samples, as a Batch with a value for each step and feature."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray

from aition.core.batch import Batch, sample_keys
from aition.data.readers.groups import VALUELESS, Group
from aition.data.readers.runs import Column, Columns
from aition.data.readers.spec import Aggregate, Spec

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Kept:
    """Samples of one shard, in order.

    Args:
        ids: Their names.
        steps: How many steps each has, ``[sample]``.
        label: Class numbers (-1: unknown) or values, ``[sample]``.
        static: Static values, ``[sample, static]``.
        static_names: One a static column.
    """

    ids: NDArray[np.str_]
    steps: Column
    label: Column
    static: Column
    static_names: tuple[str, ...]


GRID_ORDER = ("row", "step", "grp", "place", "value")
"""How records must be sorted, so that each cell's stand together in the order of time."""


def grid(kept: Kept, records: Iterable[Columns], groups: Sequence[Group], spec: Spec) -> Batch:
    """The samples on the grid of the spec.

    Args:
        kept: The samples.
        records: Columns ``row`` (place of the sample), ``step``, ``grp``, ``place`` (µs since the window began) and
            ``value`` (NaN: none), sorted in this order, in parts of whole steps.
        groups: What ``grp`` numbers.
        spec: Which features and steps.

    Returns:
        Values in the features' units, 0 where nothing was recorded. Counts are observed in every step: where nothing
        was recorded they are 0, and known to be.
    """
    n_sample, n_step, n_feature = len(kept.ids), spec.window.n_step, len(spec.features)
    exists = np.arange(n_step) < kept.steps[:, None]
    x = np.zeros((n_feature, n_sample * n_step), dtype=np.float32)
    observed = np.zeros((n_feature, n_sample * n_step), dtype=np.bool_)
    for place, one in enumerate(spec.features):
        if one.aggregate in VALUELESS:
            observed[place] = exists.reshape(-1)
    for part in records:
        by_group = grouped(part, len(groups))
        for place, one in enumerate(spec.features):
            mine = [run for group, run in zip(groups, by_group, strict=True) if place in group.features]
            add(x[place], observed[place], one.aggregate, cells_of(mine, n_step))
    times = np.arange(n_step, dtype=np.float64) * spec.window.every

    def arranged(cells: Column) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(cells.reshape(n_feature, n_sample, n_step).transpose(1, 2, 0)))

    return Batch(
        x=arranged(x),
        exists=torch.from_numpy(exists),
        observed=arranged(observed),
        times=torch.from_numpy(np.tile(times, (n_sample, 1))),
        static=torch.from_numpy(kept.static),
        label=torch.from_numpy(kept.label),
        ids=kept.ids,
        keys=sample_keys(kept.ids),
        feature_names=tuple(one.name for one in spec.features),
        static_names=kept.static_names,
        time_unit="hour",
    )


def grouped(records: Columns, n_group: int) -> list[Columns]:
    """The records of each group, in the order that they had."""
    order = np.argsort(records["grp"], kind="stable")
    ends = np.searchsorted(records["grp"][order], np.arange(n_group + 1))
    return [{name: column[order[first:end]] for name, column in records.items()} for first, end in pairwise(ends)]


def cells_of(parts: Sequence[Mapping[str, Column]], n_step: int) -> tuple[Column, Column]:
    """Cell and value of the records of one feature, sorted by cell, time and value."""
    value, place = (np.concatenate([part[name] for part in parts]) for name in ("value", "place"))
    cell = np.concatenate([part["row"].astype(np.int64) * n_step + part["step"] for part in parts])
    if len(parts) > 1:
        order = np.lexsort((value, place, cell))
        return cell[order], value[order]
    return cell, value


def add(x: Column, observed: Column, how: Aggregate, records: tuple[Column, Column]) -> None:
    """Put the records of one feature into its cells."""
    cell, value = records
    if how not in VALUELESS:
        cell, value = cell[~np.isnan(value)], value[~np.isnan(value)]
    if len(cell):
        first = np.flatnonzero(np.r_[True, cell[1:] != cell[:-1]])
        x[cell[first]] = aggregated(how, cell, value, first)
        observed[cell[first]] = True


def aggregated(how: Aggregate, cell: Column, value: Column, first: Column) -> Floats:
    """One value for each cell, of records that are sorted by cell, time and value.

    Args:
        how: What becomes of several records.
        cell: Of each record.
        value: Of each record; of records at one time the least comes first.
        first: Where each cell begins.

    >>> cell, value = np.array([0, 0, 0, 3]), np.array([2.0, 9.0, 1.0, 5.0])
    >>> [aggregated(how, cell, value, np.array([0, 3])).tolist() for how in ("last", "median", "count")]
    [[1.0, 5.0], [2.0, 5.0], [3.0, 1.0]]
    """
    size = np.diff(np.r_[first, len(cell)])
    made: Floats
    if how == "any":
        made = np.ones(len(first))
    elif how == "count":
        made = size.astype(np.float64)
    elif how == "first":
        made = value[first]
    elif how == "last":
        made = value[first + size - 1]
    elif how == "least":
        made = np.minimum.reduceat(value, first)
    elif how == "most":
        made = np.maximum.reduceat(value, first)
    else:
        rising = value[np.lexsort((value, cell))]
        total = np.add.reduceat(rising, first)
        middle = (rising[first + (size - 1) // 2] + rising[first + size // 2]) / 2
        made = middle if how == "median" else total if how == "sum" else total / size
    return made
