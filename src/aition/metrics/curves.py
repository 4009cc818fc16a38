"""What is found at every threshold of an attribution: the points that AUROC, AUPRC, AUP and AUR join."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.metrics.cells import check_unit, checked_attribution, checked_truth

BLOCK = 2**20
"""Cells sorted at once, so that the memory of a curve does not grow with the number of series."""


@dataclass(frozen=True, eq=False)
class Points:
    """Counts at each distinct value of each series, series after series, the thresholds of a series falling.

    Args:
        series: Whose point it is, ``[point]``, rising.
        first: Whether a series begins here, ``[point]``.
        threshold: The value, ``[point]``; cells at or above it are found.
        true: True cells found, ``[point]``.
        found: Cells found, ``[point]``.
        n_true: True cells of each series, ``[series]``.
        n_cell: Existing cells of each series, ``[series]``.
    """

    series: NDArray[np.int64]
    first: NDArray[np.bool_]
    threshold: NDArray[np.float64]
    true: NDArray[np.int64]
    found: NDArray[np.int64]
    n_true: NDArray[np.int64]
    n_cell: NDArray[np.int64]

    @property
    def precision(self) -> NDArray[np.float64]:
        """Share of the found cells that are true, ``[point]``, in [0, 1]."""
        return np.asarray(self.true / self.found)

    @property
    def recall(self) -> NDArray[np.float64]:
        """Share of the true cells that are found, ``[point]``, in [0, 1]; NaN in a series without a true cell."""
        return self.share(self.true, self.n_true)

    @property
    def false_alarm(self) -> NDArray[np.float64]:
        """Share of the other cells that are found, ``[point]``, in [0, 1]; NaN in a series where all are true."""
        return self.share(self.found - self.true, self.n_cell - self.n_true)

    def share(self, count: NDArray[np.int64], total: NDArray[np.int64]) -> NDArray[np.float64]:
        """``count [point]`` over its series' ``total [series]``; NaN where the total is 0."""
        return np.asarray(count / np.where(total == 0, np.nan, total)[self.series])

    def before(self, value: NDArray[Any], start: NDArray[Any] | float) -> NDArray[np.float64]:
        """The value at the point before, ``[point]``; ``start`` where a series begins."""
        return np.where(self.first, start, np.roll(value, 1))

    def sums(self, value: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum over the points of each series, ``[series]``; NaN for a series without cells."""
        out = np.full(len(self.n_cell), np.nan)
        starts = np.flatnonzero(self.first)
        if starts.size:
            out[self.series[starts]] = np.add.reduceat(value, starts)
        return out


def points(attribution: NDArray[np.float64], truth: NDArray[np.bool_]) -> Points:
    """Count what is found at each distinct value of each series.

    Equal values are one threshold: the order within a tie is never used.

    Args:
        attribution: Score of each cell, ``[series, cell]``; NaN where there is no cell.
        truth: Which cells matter in truth, ``[series, cell]``; False where there is no cell.

    Returns:
        The points of all series.

    >>> import numpy as np
    >>> two = points(np.array([[.9, .1, .9]]), np.array([[True, False, False]]))
    >>> two.threshold.tolist(), two.true.tolist(), two.found.tolist()
    ([0.9, 0.1], [1, 1], [2, 3])
    """
    n_cell = np.asarray(np.sum(~np.isnan(attribution), axis=1), dtype=np.int64)
    place = np.argsort(-attribution, axis=1)
    falling = np.take_along_axis(attribution, place, axis=1)
    true = np.cumsum(np.take_along_axis(truth, place, axis=1), axis=1, dtype=np.int64)
    last = np.arange(attribution.shape[1]) < n_cell[:, None]
    last[:, :-1] &= falling[:, :-1] != falling[:, 1:]
    series, column = np.nonzero(last)
    first = np.ones(len(series), dtype=np.bool_)
    first[1:] = series[1:] != series[:-1]
    return Points(
        series=series,
        first=first,
        threshold=falling[series, column],
        true=true[series, column],
        found=column + 1,
        n_true=np.asarray(np.sum(truth, axis=1), dtype=np.int64),
        n_cell=n_cell,
    )


def trapezoid(
    at: Points,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    *,
    x_start: NDArray[np.float64] | float,
    y_start: NDArray[np.float64] | float,
) -> NDArray[np.float64]:
    """Area under straight lines through the points of each series.

    Args:
        at: The points.
        x: Abscissa, ``[point]``.
        y: Ordinate, ``[point]``.
        x_start: Abscissa before the first point of a series.
        y_start: Ordinate before the first point of a series.

    Returns:
        ``area``, ``[series]``, in units of x times y; negative where x falls.
    """
    return at.sums((x - at.before(x, x_start)) * (y + at.before(y, y_start)) / 2)


def over_series(
    measure: Callable[[Points], NDArray[np.float64]],
    attribution: NDArray[Any],
    truth: NDArray[np.bool_],
    exists: NDArray[np.bool_],
    *,
    pool: bool,
    unit: bool,
) -> NDArray[np.float64]:
    """Measure the curves of every series, a block of series at a time.

    Args:
        measure: From the points of some series to one number each.
        attribution: Score of each cell, ``[sample, time, feature]``.
        truth: Which cells matter in truth, ``[sample, time, feature]``.
        exists: Which steps are no padding, ``[sample, time]``.
        pool: Take the cells of all series for one series.
        unit: The attribution has to lie in [0, 1].

    Returns:
        The measure, ``[sample]``, or ``[]`` if pooled.

    Raises:
        InputError: If shapes, dtypes or values do not fit.
    """
    scores = checked_attribution(attribution, exists)
    if unit:
        check_unit(scores)
    matters = checked_truth(truth, scores)
    if pool:
        return measure(points(scores.reshape(1, -1), matters.reshape(1, -1))).reshape(())
    n_sample, n_cell = len(scores), scores.shape[1] * scores.shape[2]
    flat, flat_truth = scores.reshape(n_sample, n_cell), matters.reshape(n_sample, n_cell)
    out = np.empty(n_sample)
    size = max(1, BLOCK // max(1, n_cell))
    for start in range(0, n_sample, size):
        block = slice(start, start + size)
        out[block] = measure(points(flat[block], flat_truth[block]))
    return out
