"""V14: what groups of cells count for, where they lie, and which act together."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aition.store.cube.stopping import Check, unhindered
from aition.store.stored import StoredRun
from aition.store.summary.axes.reading import along, array_of, is_shared, labels_along
from aition.store.summary.axes.spread import Spread, spread

MOST_GROUPS, MOST_TOGETHER = 100, 24
"""Groups that are ranked, and those whose interactions are shown, at most."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Ranked:
    """Groups, the strongest first.

    Args:
        group: Their places along ``group``, ``[group]``.
        attribution: Means over sequences.
        n_group: How many there are in all.
    """

    group: NDArray[np.int64]
    attribution: Spread
    n_group: int


def comparable(run: StoredRun) -> bool:
    """Whether a group means the same in every sample: where it has the same cells, or a name."""
    return is_shared(run, "membership") or bool(labels_along(run, "group"))


def ranked(
    run: StoredRun,
    *,
    mask: NDArray[np.bool_],
    kind: NDArray[np.int64],
    n_kind: int,
    target: int = 0,
    check: Check = unhindered,
) -> Ranked:
    """Groups that all samples share, by the mean size of their attribution; arguments are those of :func:`spread`."""
    whole = spread(
        run, "attribution_group", ("group",), mask=mask, kind=kind, n_kind=n_kind, target=target, check=check
    )
    order = strongest(whole.size[0], MOST_GROUPS)
    kept = Spread(whole.n[:, order], whole.mean[:, order], whole.size[:, order], whole.half[:, order])
    return Ranked(order, kept, int((whole.n[0] > 0).sum()))


def own_groups(run: StoredRun, position: int, *, target: int = 0) -> Floats:
    """Attributions of the groups of a sample, ``[group]``; NaN where it has no such group."""
    return np.asarray(array_of(run, "attribution_group", np.array([position]), target=target)[0], dtype=np.float64)


def strongest(size: Floats, most: int) -> NDArray[np.int64]:
    """Places of the largest numbers, the largest first; NaN is none.

    >>> strongest(np.array([1.0, np.nan, 3.0]), 2)
    array([2, 0])
    """
    there = np.flatnonzero(~np.isnan(size))
    return there[np.argsort(-np.abs(size[there]), kind="stable")][:most]


def interacts(run: StoredRun) -> bool:
    """Whether a run says which groups act together."""
    return along(run, "interaction", "sample", "group", "group_other")


def own_interactions(run: StoredRun, position: int, groups: NDArray[np.int64], *, target: int = 0) -> Floats:
    """Interactions of some groups of a sample, ``[group, group]``."""
    found = array_of(run, "interaction", np.array([position]), target=target)[0]
    return np.asarray(found[np.ix_(groups, groups)], dtype=np.float64)


def interactions(
    run: StoredRun,
    groups: NDArray[np.int64],
    *,
    mask: NDArray[np.bool_],
    kind: NDArray[np.int64],
    n_kind: int,
    target: int = 0,
    check: Check = unhindered,
) -> Spread:
    """Mean interactions of some groups over sequences, ``[kind, group, group]`` each."""
    by = ("group", "group_other")
    return spread(run, "interaction", by, mask=mask, kind=kind, n_kind=n_kind, target=target, keep=groups, check=check)
