"""Intervals of mean attributions, from how sequences differ: rows of one sequence are no witnesses of their own."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.store.cube.opened import Mask, OpenCube, share_of
from aition.store.cube.stopping import Check, unhindered
from aition.store.summary.selection import Selection

NORMAL = 1.959964
"""Half of a 95 % interval of a normal variable, in standard deviations."""
FEW = (np.nan, 12.7062, 4.3027, 3.1824, 2.7764)
"""The same of Student's distribution, for up to four degrees of freedom."""
DIGIT = 16
"""Bits that numpy sorts by counting, ten times as fast as wider integers."""

Sums = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Intervals:
    """Half widths of 95 % intervals of mean attributions; NaN where fewer than two sequences have rows.

    Args:
        cell: Of each value at each time, ``[value, time]``.
        row: Of each value over the times that are selected, ``[value]``.
        mean: Mean of all that is selected, in the sequences looked at; NaN where nothing is.
        whole: Of that mean.
        n_sequence: Sequences with any selected row, of those looked at.
        n_whole: Selected rows of the sequences looked at.
        share: Which share of the cohort's sequences was looked at; half widths are those of all.
    """

    cell: Sums
    row: Sums
    mean: float
    whole: float
    n_sequence: int
    n_whole: int
    share: float


def intervals(
    cube: OpenCube,
    mask: Mask,
    selection: Selection,
    *,
    features: tuple[int, ...] = (),
    most: int = 1000,
    check: Check = unhindered,
) -> Intervals:
    """Half widths of the intervals of what V2 shows.

    The mean of a cell is a ratio of two sums over sequences, attribution and rows; its variance is estimated from the
    sequences' residuals, attribution − mean · rows, which are independent where rows are not (linearised ratio), and
    its distribution is taken as Student's with one degree of freedom less than there are sequences.

    Args:
        cube: The cube.
        mask: The cohort, ``[sample]``.
        selection: What is brushed.
        features: Of which features' values, in their order; of all where none is named.
        most: Sequences that are looked at, drawn at random; variances are scaled to all of the cohort.
        check: Called again and again; what it raises ends the work.

    References:
        Cochran (1977), Sampling Techniques, section 6.3.
    """
    spec = cube.spec
    asked = mask & selection.group_mask(spec)[cube.group]
    looked = cube.some(asked, most)
    share = share_of(looked, asked)
    meant = selection.mask(spec).reshape(-1)
    own = spec.only(features) if features else spec
    places = spec.places(features) if features else np.arange(spec.n_value)
    cells, rows, whole = Ratio(own.n_value * own.n_time), Ratio(own.n_value), Ratio(1)
    for piece in cube.pieces(looked, check):
        there = np.flatnonzero(meant[piece.code])
        sequence, attribution = piece.owner()[there], piece.attribution[there].astype(np.float64)
        value, time = np.divmod((piece.code[there] // np.uint32(spec.n_attribution)).astype(np.int64), spec.n_time)
        whole.add(sequence, np.zeros_like(value), attribution)
        value = places[value]
        if features:
            sequence, attribution, value, time = (one[value >= 0] for one in (sequence, attribution, value, time))
        cells.add(sequence, value * own.n_time + time, attribution)
        rows.add(sequence, value, attribution)
    shape = (own.n_value, own.n_time)
    return Intervals(
        cell=cells.half_width(share).reshape(shape),
        row=rows.half_width(share),
        mean=float(whole.mean[0]),
        whole=float(whole.half_width(share)[0]),
        n_sequence=int(whole.n_sequence[0]),
        n_whole=int(whole.sums[0, 0]),
        share=share,
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

    def add(self, sequence: Counts, place: Counts, attribution: Sums) -> None:
        """Count rows of sequences that were not counted before.

        Args:
            sequence: Of each row, ascending, from 0.
            place: Of each row.
            attribution: Of each row.
        """
        if not len(sequence):
            return
        n_pair = (int(sequence[-1]) + 1) * self.n_place
        if n_pair <= len(sequence):
            pair = sequence * self.n_place + place
            whole_rows = np.bincount(pair, minlength=n_pair).reshape(-1, self.n_place).astype(np.float64)
            whole = np.bincount(pair, attribution, minlength=n_pair).reshape(-1, self.n_place)
            self.n_sequence += np.count_nonzero(whole_rows, axis=0)
            products = (whole_rows, whole, whole**2, whole * whole_rows, whole_rows**2)
            self.sums += np.stack([one.sum(axis=0) for one in products])
            return
        order = by_place(place, self.n_place)
        place, sequence = place[order], sequence[order]
        first = np.flatnonzero(np.concatenate([[True], (np.diff(place) != 0) | (np.diff(sequence) != 0)]))
        rows = np.diff(np.append(first, len(place))).astype(np.float64)
        total, own = np.add.reduceat(attribution[order], first), place[first]
        self.n_sequence += np.bincount(own, minlength=self.n_place)
        for row, weight in enumerate((rows, total, total**2, total * rows, rows**2)):
            self.sums[row] += np.bincount(own, weight, minlength=self.n_place)

    @property
    def mean(self) -> Sums:
        """The ratios; NaN where there are no rows."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.sums[1] / self.sums[0])

    def half_width(self, share: float) -> Sums:
        """Half of the 95 % interval of each ratio, were all sequences looked at and not this share of them."""
        n, _, squares, crossed, counts = self.sums
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = self.mean
            left = squares - 2 * mean * crossed + mean**2 * counts
            variance = np.maximum(left, 0) / n**2 * self.n_sequence / (self.n_sequence - 1) * share
            return np.asarray(
                np.where(self.n_sequence > 1, deviations(self.n_sequence - 1) * np.sqrt(variance), np.nan)
            )


def by_place(place: Counts, n_place: int) -> Counts:
    """What sorts places; rows of one place stay in order."""
    order = np.argsort((place & ((1 << DIGIT) - 1)).astype(np.uint16), kind="stable")
    for shift in range(DIGIT, (n_place - 1).bit_length(), DIGIT):
        high = ((place[order] >> shift) & ((1 << DIGIT) - 1)).astype(np.uint16)
        order = order[np.argsort(high, kind="stable")]
    return order


def deviations(freedom: NDArray[Any]) -> Sums:
    """Half of a 95 % interval of Student's distribution, in standard errors.

    Args:
        freedom: Degrees of freedom.

    References:
        Abramowitz and Stegun (1964), Handbook of Mathematical Functions, 26.7.5.

    >>> deviations(np.array([1, 5, 10, 1000])).round(2)
    array([12.71,  2.57,  2.23,  1.96])
    """
    z, v = NORMAL, np.maximum(freedom, len(FEW)).astype(np.float64)
    far = (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    )
    few = np.array(FEW)[np.clip(freedom, 0, len(FEW) - 1)]
    return np.asarray(np.where(freedom < len(FEW), few, far))
