"""V2 as a table: how much each value matters at each time, a row a cell."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.store.cube.table import Table
from aition.store.summary.intervals import Intervals
from aition.store.summary.selection import Selection


@dataclass(frozen=True, eq=False)
class ValueTime:
    """Values at times that have selected rows, in order.

    Args:
        feature: Its name, ``[cell]``.
        value: The range of values in words, ``[cell]``.
        first_step: Of the time bin, ``[cell]``.
        last_step: Likewise.
        n: Rows, ``[cell]``.
        mean: Mean attribution, ``[cell]``.
        half_width: Half of its 95 % interval; NaN where it is not known, ``[cell]``.
    """

    feature: NDArray[np.str_]
    value: NDArray[np.str_]
    first_step: NDArray[np.int64]
    last_step: NDArray[np.int64]
    n: NDArray[np.int64]
    mean: NDArray[np.float64]
    half_width: NDArray[np.float64]

    def columns(self) -> dict[str, NDArray[Any]]:
        """By name."""
        names = ("feature", "value", "first_step", "last_step", "n", "mean", "half_width")
        return {name: getattr(self, name) for name in names}


def value_time(table: Table, selection: Selection, known: Intervals) -> ValueTime:
    """Mean attributions by value and time of what is selected.

    Args:
        table: Counts of a cohort.
        selection: What is brushed.
        known: Their intervals.
    """
    spec = table.spec
    meant = selection.mask(spec) & selection.group_mask(spec)[:, None, None, None]
    n = np.where(meant, table.n, 0).sum(axis=(0, 3))
    total = np.where(meant, table.total, 0).sum(axis=(0, 3))
    value, time = n.nonzero()
    labels = [label for one in spec.features for label in (one.without, *one.labels)]
    first = np.array([0, *spec.time_edges])
    last = np.array([*spec.time_edges, spec.n_step]) - 1
    return ValueTime(
        np.array([one.name for one in spec.features], dtype=np.str_)[spec.feature_of_value[value]],
        np.array(labels, dtype=np.str_)[value],
        first[time],
        last[time],
        n[value, time],
        total[value, time] / n[value, time],
        known.cell[value, time],
    )
