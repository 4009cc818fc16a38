"""Where each step begins and ends on the time axis, and steps put together where there are more than can be seen."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
MOST_COLUMNS = 600
"""A figure has about a thousand pixels for a time axis: more columns would vanish between them."""
VISIBLE = 300
"""A column may be this share of the time axis wide even where steps come in bursts, or it could not be seen."""


@dataclass(frozen=True, eq=False)
class Strips:
    """Columns of colour along time; every second one is a gap, empty unless steps are far apart.

    Args:
        edges: Borders of the columns, ``[2 * column]``: begin and end of each in turn.
        steps: Which steps each column stands for, ``[column, 2]``: the first, and the one behind the last.
    """

    edges: Array
    steps: NDArray[np.int64]

    @property
    def pooled(self) -> int:
        """Steps in a column, at most."""
        return int((self.steps[:, 1] - self.steps[:, 0]).max(initial=1))

    def strongest(self, values: Array) -> Array:
        """Of the steps in each column the value with the largest size, so that no peak is lost.

        Args:
            values: ``[time, …]``.

        Returns:
            ``[column, …]``; NaN where all steps are.
        """
        if self.pooled == 1:
            return values
        columns = []
        for first, last in self.steps:
            piece = values[first:last]
            place = np.where(np.isnan(piece), -1.0, np.abs(piece)).argmax(axis=0)
            columns.append(np.take_along_axis(piece, place[None], axis=0)[0])
        return np.stack(columns)

    def mean(self, values: Array) -> Array:
        """Mean over the steps in each column, ``[column, …]``; NaN where all steps are."""
        if self.pooled == 1:
            return values
        known = ~np.isnan(values)
        total = np.add.reduceat(np.where(known, values, 0.0), self.steps[:, 0], axis=0)
        count = np.add.reduceat(known.astype(np.float64), self.steps[:, 0], axis=0)
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)

    def spaced(self, columns: Array) -> Array:
        """Rows of colour with an empty cell for each gap: ``[…, 2 * column - 1]`` from ``[column, …]``."""
        rows = np.full((*columns.shape[1:], 2 * len(columns) - 1), np.nan)
        rows[..., ::2] = np.moveaxis(columns, 0, -1)
        return rows


def strips_of(times: Array, *, most: int = MOST_COLUMNS) -> Strips:
    """Columns for steps at rising times: halfway to the neighbours, but not far beyond the common spacing.

    So an attribution of one step is not spread over hours in which nothing was measured.

    Args:
        times: ``[time]``, rising.
        most: At most so many columns.

    >>> strips_of(np.array([0., 1., 2., 10.])).edges.tolist()
    [-0.5, 0.5, 0.5, 1.5, 1.5, 2.75, 9.25, 10.75]
    """
    gaps = np.diff(times)
    spacing = float(np.median(gaps[gaps > 0])) if (gaps > 0).any() else 1.0
    widest = max(0.75 * spacing, float(times[-1] - times[0]) / VISIBLE)
    reach = np.minimum(gaps / 2, widest)
    ends = [min(spacing / 2, widest)] * 2 if not len(reach) else [reach[0], reach[-1]]
    begin = times - np.concatenate([[ends[0] or spacing / 2], reach])
    end = times + np.concatenate([reach, [ends[1] or spacing / 2]])
    size = -(-len(times) // most)
    first = np.arange(0, len(times), size)
    last = np.minimum(first + size, len(times))
    edges = np.stack([begin[first], end[last - 1]], axis=1).ravel()
    return Strips(edges=np.maximum.accumulate(edges), steps=np.stack([first, last], axis=1))
