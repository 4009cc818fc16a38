"""What a selection touches in each sample: how many of its rows, and how much they attribute."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aition.store.cube.opened import OpenCube
from aition.store.summary.selection import Selection

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Brushed:
    """Rows of samples that a selection has.

    Args:
        sample: Positions of the samples that were looked at, ``[sample]``.
        n: Rows of each that are selected, ``[sample]``.
        total: Their attributions added up, ``[sample]``.
        share: Which share of the cohort was looked at, in (0, 1].
    """

    sample: NDArray[np.int64]
    n: NDArray[np.int64]
    total: NDArray[np.float64]
    share: float


def brushed(cube: OpenCube, mask: Mask, selection: Selection, *, most: int = 0) -> Brushed:
    """What a selection has of each sample of a cohort.

    Args:
        cube: The cube.
        mask: The cohort, ``[sample]``.
        selection: The cells that are meant; samples of other groups have none.
        most: How many samples are looked at, drawn at random; 0 looks at all.
    """
    looked = cube.some(mask, most) if most else mask
    share = looked.sum() / max(1, mask.sum())
    meant = selection.mask(cube.spec).reshape(-1)
    groups = selection.group_mask(cube.spec)
    samples, counts, totals = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0)]
    for piece in cube.pieces(looked):
        own = meant[piece.code]
        there = groups[cube.group[piece.sample]]
        samples.append(piece.sample)
        counts.append(np.where(there, piece.added(own), 0).astype(np.int64))
        totals.append(np.where(there, piece.added(np.where(own, piece.attribution, 0)), 0))
    return Brushed(np.concatenate(samples), np.concatenate(counts), np.concatenate(totals), float(share))


def holders(cube: OpenCube, selection: Selection, least: int) -> Mask:
    """Samples with at least so many rows in a selection, ``[sample]``."""
    found = brushed(cube, np.ones(len(cube), dtype=np.bool_), selection)
    mask = np.zeros(len(cube), dtype=np.bool_)
    mask[found.sample] = found.n >= least
    return mask
