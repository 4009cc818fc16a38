"""V12: which groups of cells of one sample were joined, in which order, and what each then counted for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.store.stored import StoredRun
from aition.store.summary.axes.cells import membership
from aition.store.summary.axes.course import course, extent
from aition.store.summary.axes.present import check_axis
from aition.store.summary.axes.reading import array_of

MOST_GROUPS = 400
"""Groups of a hierarchy that are shown, at most."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """The hierarchy of one sample: groups are leaves, merges their joints, in the order in which they were made.

    Args:
        group: Places of the groups along ``group``, ``[group]``; the strongest where there are too many.
        attribution: Of each group alone, ``[group]``.
        joined: The merge that joined it first, ``[group]``; -1 where none did.
        merge_attribution: Of what each merge made, ``[merge]``.
        merge_joined: The later merge that joined that again, ``[merge]``; -1 where none did.
        cells: Place among the groups, step and feature, ``[cell, 3]``.
        value: What was measured, ``[step, feature]``; NaN where nothing was.
        n_group: Groups that the sample has, shown or not.
    """

    group: NDArray[np.int64]
    attribution: Floats
    joined: NDArray[np.int64]
    merge_attribution: Floats
    merge_joined: NDArray[np.int64]
    cells: NDArray[np.int32]
    value: Floats
    n_group: int


def hierarchy(run: StoredRun, position: int, *, target: int = 0) -> Hierarchy:
    """The hierarchy of a sample.

    Args:
        run: What was stored.
        position: Of the sample.
        target: Which of several targets.

    Raises:
        InputError: The run has no hierarchies, or a merge is joined by an earlier one.
    """
    check_axis(run, "merge")
    own = np.array([position])
    joined = array_of(run, "group_joined", own, target=target)[0].astype(np.int64)
    merge_joined = array_of(run, "merge_joined", own, target=target)[0].astype(np.int64)
    merge_attribution = array_of(run, "attribution_merge", own, target=target)[0].astype(np.float64)
    n_merge = int(np.flatnonzero(~np.isnan(merge_attribution)).max(initial=-1)) + 1
    check_order(joined, merge_joined[:n_merge], n_merge)
    alone = np.full(len(joined), np.nan)
    if "attribution_group" in run.variables:
        alone = array_of(run, "attribution_group", own, target=target)[0].astype(np.float64)
    there = np.flatnonzero((joined >= 0) | ~np.isnan(alone))
    strongest = there[np.argsort(-np.abs(np.nan_to_num(alone[there])), kind="stable")]
    first, _ = extent(run, position)
    kept = np.sort(strongest[:MOST_GROUPS])
    return Hierarchy(
        group=kept,
        attribution=alone[kept],
        joined=joined[kept],
        merge_attribution=merge_attribution[:n_merge],
        merge_joined=merge_joined[:n_merge],
        cells=membership(run, kept, position=position, begin=first),
        value=course(run, position),
        n_group=len(there),
    )


def check_order(joined: NDArray[np.int64], merge_joined: NDArray[np.int64], n_merge: int) -> None:
    """Raise unless every merge is joined by a later one, if by any."""
    wrong = (merge_joined >= 0) & ((merge_joined <= np.arange(n_merge)) | (merge_joined >= n_merge))
    if wrong.any() or (joined >= n_merge).any():
        raise InputError(
            f"group_joined and merge_joined must name later merges, of {n_merge}, but name "
            f"{[*merge_joined[wrong].tolist(), *joined[joined >= n_merge].tolist()][:5]}"
        )
