"""What a selection touches in each sample: how many of its rows, how much they attribute, what comes at one time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aition.store.cube.opened import Mask, OpenCube, share_of
from aition.store.cube.stopping import Check, unhindered
from aition.store.summary.selection import Selection


@dataclass(frozen=True, eq=False)
class Brushed:
    """Rows of samples that a selection has.

    Args:
        sample: Positions of the samples that were looked at, ascending, ``[sample]``.
        n: Rows of each that are selected, ``[sample]``.
        total: Their attributions added up, ``[sample]``.
        share: Which share of the cohort was looked at, in (0, 1].
    """

    sample: NDArray[np.int64]
    n: NDArray[np.int64]
    total: NDArray[np.float64]
    share: float


def brushed(cube: OpenCube, mask: Mask, selection: Selection, *, most: int = 0, check: Check = unhindered) -> Brushed:
    """What a selection has of each sample of a cohort.

    Args:
        cube: The cube.
        mask: The cohort, ``[sample]``.
        selection: The cells that are meant; samples of other groups have none.
        most: How many samples are looked at, drawn at random; 0 looks at all.
        check: Called again and again; what it raises ends the work.
    """
    looked = cube.some(mask, most)
    sample = np.flatnonzero(looked)
    n, total = np.zeros(len(sample), dtype=np.int64), np.zeros(len(sample))
    meant = selection.mask(cube.spec).reshape(-1)
    asked = looked & selection.group_mask(cube.spec)[cube.group]
    place = np.cumsum(looked) - 1
    for piece in cube.pieces(asked, check):
        rows = np.flatnonzero(meant[piece.code])
        own = place[piece.sample]
        n[own] = piece.added(rows, np.ones(len(rows)))
        total[own] = piece.added(rows, piece.attribution[rows])
    return Brushed(sample, n, total, share_of(looked, mask))


def holders(cube: OpenCube, selection: Selection, least: int, *, check: Check = unhindered) -> Mask:
    """Samples with at least so many rows in a selection, ``[sample]``."""
    return brushed(cube, np.ones(len(cube), dtype=np.bool_), selection, check=check).n >= least


def together(cube: OpenCube, selections: Sequence[Selection], *, check: Check = unhindered) -> Mask:
    """Samples that have, within one time bin, a row in each of some selections, ``[sample]``."""
    spec = cube.spec
    found = np.zeros(len(cube), dtype=np.bool_)
    meant = [one.mask(spec).reshape(-1) for one in selections]
    asked = np.logical_and.reduce([one.group_mask(spec)[cube.group] for one in selections])
    for piece in cube.pieces(asked, check):
        at_once = np.ones((len(piece.sample), spec.n_time), dtype=np.bool_)
        owner, time = piece.owner(), piece.code // np.uint32(spec.n_attribution) % np.uint32(spec.n_time)
        for one in meant:
            rows = np.flatnonzero(one[piece.code])
            here = np.zeros_like(at_once)
            here[owner[rows], time[rows]] = True
            at_once &= here
        found[piece.sample] = at_once.any(axis=1)
    return found
