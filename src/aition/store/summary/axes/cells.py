"""Membership: which cells belong to which group."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aition.store.shards import SHARED
from aition.store.stored import StoredRun
from aition.store.summary.axes.reading import heads_of, is_shared, long_columns

MOST_CELLS = 200_000
"""Cells of groups that are sent, at most."""


@dataclass(frozen=True)
class Extent:
    """Where a group lies.

    Args:
        features: Places of its features.
        first: Its first step.
        last: Its last step.
        n_cell: Its cells.
        is_box: Whether it has every cell of these features at these steps.
    """

    features: tuple[int, ...]
    first: int
    last: int
    n_cell: int
    is_box: bool


def membership(run: StoredRun, groups: NDArray[np.int64], *, position: int, begin: int = 0) -> NDArray[np.int32]:
    """Cells of some groups: the place among them, the step and the feature, ``[cell, 3]``, in order of groups.

    Of groups that hold more than ``MOST_CELLS`` together, the later are left without cells.

    Args:
        run: What was stored.
        groups: Their positions along ``group``; where there are more, the more important come first.
        position: The sample, where every sample has groups of its own.
        begin: The first existing step, from which steps are counted.
    """
    if "membership" not in run.variables:
        return np.zeros((0, 3), dtype=np.int32)
    if is_shared(run, "membership"):
        found = long_columns(run, run.head(SHARED), "membership")
        own = found["membership"].astype(np.bool_)
    else:
        found = long_columns(run, next(heads_of(run, np.array([position]))), "membership")
        own = found["membership"].astype(np.bool_) & (found["sample"] == position)
    place = np.full(run.sizes["group"], -1, dtype=np.int64)
    place[groups] = np.arange(len(groups))
    cells = np.stack([place[found["group"][own]], found["time"][own] - begin, found["feature"][own]], axis=1)
    cells = cells[cells[:, 0] >= 0]
    cells = cells[np.argsort(cells[:, 0], kind="stable")]
    if len(cells) > MOST_CELLS:
        cells = cells[cells[:, 0] < cells[MOST_CELLS, 0]]
    return cells.astype(np.int32)


def extents(cells: NDArray[np.int32], n_group: int) -> list[Extent]:
    """Where each of some groups lies.

    >>> extents(np.array([[0, 3, 1], [0, 4, 1], [1, 0, 0], [1, 2, 0]], dtype=np.int32), 2)[1].is_box
    False
    """
    found = []
    for group in range(n_group):
        step, feature = cells[cells[:, 0] == group, 1:].T
        features = np.unique(feature)
        first, last = (int(step.min()), int(step.max())) if len(step) else (-1, -1)
        is_box = len(step) > 0 and len(step) == len(features) * (last - first + 1)
        found.append(Extent(tuple(features.tolist()), first, last, len(step), is_box))
    return found
