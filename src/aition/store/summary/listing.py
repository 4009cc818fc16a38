"""Sequences of a cohort that a brush touches, sorted, page by page."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.store.cube.opened import OpenCube
from aition.store.summary.brushed import Brushed
from aition.store.summary.columns import asked_column

IN_BRUSH, N_BRUSH = "in_brush", "n_brush"
MOST = 200


@dataclass(frozen=True, eq=False)
class Listing:
    """A page of sequences.

    Args:
        n: Sequences that the brush touches, on all pages.
        descending: Whether the largest come first.
        sample: Positions of those on this page, ``[entry]``.
        in_brush: Attributions of their selected rows added up, ``[entry]``.
        n_brush: Their selected rows, ``[entry]``.
    """

    n: int
    descending: bool
    sample: NDArray[np.int64]
    in_brush: NDArray[np.float64]
    n_brush: NDArray[np.int64]


def listing(
    cube: OpenCube, found: Brushed, *, sort: str = IN_BRUSH, descending: bool | None = None, first: int = 0, n: int = 50
) -> Listing:
    """A page of the sequences that a brush touches.

    Args:
        cube: The cube.
        found: What the brush touches.
        sort: "in_brush", "n_brush", or a column; what is missing comes last, and what is equal in order of the run.
        descending: The largest first; without a choice those that the brush moves most in the direction of its whole
            sum come first, and of other columns the largest.
        first: How many are skipped.
        n: How many there are on a page, at most 200.

    Raises:
        InputError: There is no such column, or page.
    """
    if type(first) is not int or type(n) is not int or first < 0 or not 1 <= n <= MOST:
        raise InputError(f"a page must begin at 0 or later and have 1 to {MOST} entries, but is {first!r}, {n!r}")
    there = np.flatnonzero(found.n > 0)
    own = {IN_BRUSH: found.total, N_BRUSH: found.n}
    if descending is None:
        descending = sort != IN_BRUSH or bool(found.total.sum() >= 0)
    key = own[sort] if sort in own else asked_column(sort, cube.samples)[found.sample]
    rank = np.unique(key[there], return_inverse=True)[1].reshape(-1)
    missing = np.isnan(key[there].astype(np.float64)) if key.dtype.kind in "fiub" else np.zeros(len(there), np.bool_)
    page = there[np.lexsort((-rank if descending else rank, missing))][first : first + n]
    return Listing(len(there), descending, found.sample[page], found.total[page], found.n[page])
