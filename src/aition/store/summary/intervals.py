"""Intervals of mean attributions, from how sequences differ: rows of one sequence are no witnesses of their own."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aition.store.cube.opened import OpenCube
from aition.store.summary.selection import Selection

NORMAL = 1.959964
"""Half of a 95 % interval of a normal variable, in standard deviations."""


@dataclass(frozen=True, eq=False)
class Intervals:
    """Half widths of 95 % intervals of mean attributions; NaN where fewer than two sequences have rows.

    Args:
        cell: Of each value at each time, ``[value, time]``.
        row: Of each value over the times that are selected, ``[value]``.
        n_cell: Sequences with rows, of those looked at, ``[value, time]``.
        n_row: Likewise, ``[value]``.
        share: Which share of the cohort's sequences was looked at; half widths are those of all.
    """

    cell: NDArray[np.float64]
    row: NDArray[np.float64]
    n_cell: NDArray[np.int64]
    n_row: NDArray[np.int64]
    share: float


def intervals(cube: OpenCube, mask: NDArray[np.bool_], selection: Selection, *, most: int = 2000) -> Intervals:
    """Half widths of the intervals of what V2 shows.

    The mean of a cell is a ratio of two sums over sequences, attribution and rows; its variance is estimated from the
    sequences' residuals, attribution − mean · rows, which are independent where rows are not (linearised ratio).

    Args:
        cube: The cube.
        mask: The cohort, ``[sample]``.
        selection: What is brushed.
        most: Sequences that are looked at, drawn at random; variances are scaled to all of the cohort.

    References:
        Cochran (1977), Sampling Techniques, section 6.3.
    """
    looked = cube.some(mask, most)
    share = looked.sum() / max(1, mask.sum())
    spec, meant = cube.spec, selection.mask(cube.spec).reshape(-1)
    looked &= selection.group_mask(spec)[cube.group]
    cells, rows = Ratio(spec.n_value * spec.n_time), Ratio(spec.n_value)
    for piece in cube.pieces(looked):
        own = meant[piece.code]
        sequence = np.repeat(np.arange(len(piece.sample)), piece.n_row)[own]
        place = piece.code[own].astype(np.int64) // spec.n_attribution
        attribution = piece.attribution[own].astype(np.float64)
        cells.add(sequence, place, attribution)
        rows.add(sequence, place // spec.n_time, attribution)
    shape = (spec.n_value, spec.n_time)
    return Intervals(
        cell=cells.half_width(share).reshape(shape),
        row=rows.half_width(share),
        n_cell=cells.n_sequence.reshape(shape),
        n_row=rows.n_sequence,
        share=float(share),
    )


class Ratio:
    """Sums over sequences from which the variance of many ratios follows.

    Args:
        n_place: How many ratios.
    """

    def __init__(self, n_place: int) -> None:
        self.n_place = n_place
        self.n_sequence = np.zeros(n_place, dtype=np.int64)
        self.sums = np.zeros((5, n_place))

    def add(self, sequence: NDArray[np.int64], place: NDArray[np.int64], attribution: NDArray[np.float64]) -> None:
        """Count rows of sequences that were not counted before."""
        pair, back, rows = np.unique(sequence * self.n_place + place, return_inverse=True, return_counts=True)
        total = np.bincount(back.reshape(-1), attribution, minlength=len(pair))
        own = pair % self.n_place
        self.n_sequence += np.bincount(own, minlength=self.n_place)
        for row, weight in enumerate((rows, total, total**2, total * rows, rows.astype(np.float64) ** 2)):
            self.sums[row] += np.bincount(own, weight, minlength=self.n_place)

    def half_width(self, share: float) -> NDArray[np.float64]:
        """Half of the 95 % interval of each ratio, were all sequences looked at and not this share of them."""
        n, total, squares, crossed, counts = self.sums
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = total / n
            left = squares - 2 * mean * crossed + mean**2 * counts
            variance = np.maximum(left, 0) / n**2 * self.n_sequence / (self.n_sequence - 1) * share
            return np.where(self.n_sequence > 1, NORMAL * np.sqrt(variance), np.nan)
