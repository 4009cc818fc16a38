"""How many sequences of a cohort there are, and how many a brush touches, by each of their columns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aition.store.cube.opened import Mask, OpenCube
from aition.store.cube.stopping import Check, unhindered
from aition.store.summary.brushed import brushed
from aition.store.summary.columns import Column, asked_column, column_of
from aition.store.summary.intervals import NORMAL
from aition.store.summary.selection import Selection


@dataclass(frozen=True, eq=False)
class Histogram:
    """Sequences by the bins of a column.

    Args:
        column: What the bins are.
        everybody: Of the cohort, ``[bin, group]``.
        brushed: Those with at least one selected row; scaled to the cohort where not all were looked at.
    """

    column: Column
    everybody: NDArray[np.float64]
    brushed: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sequences:
    """How many sequences a brush touches.

    Args:
        histograms: By column, in the order asked for.
        everybody: Sequences of the cohort, ``[group]``.
        brushed: Those with at least one selected row, ``[group]``.
        half_width: From the number of all brushed sequences to the farther end of its 95 % interval; 0 where all were
            looked at.
        share: Which share of the cohort was looked at.
    """

    histograms: tuple[Histogram, ...]
    everybody: NDArray[np.float64]
    brushed: NDArray[np.float64]
    half_width: float
    share: float


def sequences(
    cube: OpenCube,
    mask: Mask,
    selection: Selection,
    *,
    columns: Sequence[str],
    most: int = 0,
    check: Check = unhindered,
) -> Sequences:
    """Histograms of a cohort's sequences and of those that a brush touches.

    Args:
        cube: The cube.
        mask: The cohort, ``[sample]``.
        selection: What is brushed.
        columns: Of which columns.
        most: How many sequences are looked at, drawn at random; 0 looks at all. Those of the cohort are always exact.
        check: Called again and again; what it raises ends the work.

    Raises:
        InputError: There is no such column.
    """
    asked = [column_of(name, asked_column(name, cube.samples), cube.spec.class_names) for name in columns]
    found = brushed(cube, mask, selection, most=most, check=check)
    touched = found.sample[found.n > 0]
    everybody = np.flatnonzero(mask)
    n_group = len(cube.spec.groups)
    weight = 1 / found.share
    histograms = []
    for column in asked:
        bins = column.bins(cube.samples[column.name])
        counts = []
        for which in (everybody, touched):
            own = which[bins[which] >= 0]
            place = bins[own] * n_group + cube.group[own]
            counts.append(np.bincount(place, minlength=column.n_bin * n_group).reshape(-1, n_group))
        histograms.append(Histogram(column, counts[0].astype(np.float64), counts[1].astype(np.float64) * weight))
    n = len(found.sample)
    return Sequences(
        tuple(histograms),
        np.bincount(cube.group[everybody], minlength=n_group).astype(np.float64),
        np.bincount(cube.group[touched], minlength=n_group).astype(np.float64) * weight,
        len(everybody) * half_of_share(len(touched), n, share=found.share),
        found.share,
    )


def half_of_share(touched: int, n: int, *, share: float) -> float:
    """How far the 95 % interval of a share reaches from it, at most; more than 0 even where nobody is touched.

    Args:
        touched: How many are, of those looked at.
        n: How many were looked at.
        share: Of how many that is; 1 where they are all.

    References:
        Wilson (1927), Probable inference, the law of succession, and statistical inference.

    >>> round(half_of_share(0, 100, share=0.01), 3), half_of_share(30, 100, share=1.0)
    (0.037, 0.0)
    """
    if n == 0 or share == 1:
        return 0.0
    part, z = touched / n, NORMAL**2 * (1 - share) / n
    middle = (part + z / 2) / (1 + z)
    half = np.sqrt(z * part * (1 - part) + z**2 / 4) / (1 + z)
    return float(abs(middle - part) + half)
