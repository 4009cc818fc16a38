"""Tree: the hierarchy of one sample, read from an explanation, and where its parts stand side by side."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.view.plots.reading import asked, row_of


@dataclass(frozen=True, eq=False)
class Tree:
    """The hierarchy of one sample; nodes are its groups and, behind them, its merges.

    Args:
        joined: The merge that joined each group first, ``[group]``.
        merge_joined: The later merge that joined each merge again, ``[merge]``; -1 for the last.
        score: What each node counts for, ``[node]``.
        group: The group of each cell, ``[time, feature]``.
    """

    joined: NDArray[np.int64]
    merge_joined: NDArray[np.int64]
    score: NDArray[np.float64]
    group: NDArray[np.int64]

    @property
    def above(self) -> NDArray[np.int64]:
        """The merge that joins each node, ``[node]``; -1 for the last."""
        return np.concatenate([self.joined, self.merge_joined])

    @property
    def in_line(self) -> bool:
        """Whether every group has all features of its steps."""
        return bool((self.group == self.group[:, :1]).all())

    def places(self) -> NDArray[np.int64]:
        """Where each group stands from the left so that what is joined stands together, ``[group]``."""
        n_group, n_merge = len(self.joined), len(self.merge_joined)
        below: list[list[int]] = [[] for _ in range(n_merge)]
        first = np.concatenate([np.arange(n_group), np.full(n_merge, n_group)])
        for node, merge in enumerate(self.above.tolist()):
            if merge >= 0:
                below[merge].append(node)
                first[n_group + merge] = min(first[n_group + merge], first[node])
        stack = [node for node, merge in enumerate(self.above.tolist()) if merge < 0][::-1]
        order = []
        while stack:
            node = stack.pop()
            if node < n_group:
                order.append(node)
            else:
                stack += sorted(below[node - n_group], key=lambda one: -first[one])
        place = np.empty(n_group, dtype=np.int64)
        place[order] = np.arange(n_group)
        return place

    def spans(self, width: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """From where to where each node reaches if groups stand side by side from 0, ``[node]`` each.

        Args:
            width: Of each group, ``[group]``.
        """
        n_group, n_merge = len(self.joined), len(self.merge_joined)
        order = np.argsort(self.places())
        end = np.cumsum(width[order])
        low, high = np.full(n_group + n_merge, np.inf), np.full(n_group + n_merge, -np.inf)
        low[order], high[order] = end - width[order], end
        for node, merge in enumerate(self.above.tolist()):
            if merge >= 0:
                low[n_group + merge] = min(low[n_group + merge], low[node])
                high[n_group + merge] = max(high[n_group + merge], high[node])
        return low, high


def tree_of(explanation: Explanation, sample: str, *, target: int) -> Tree:
    """The hierarchy of a sample.

    Raises:
        InputError: The explanation has none.
    """
    needed = ("membership", "attribution_group", "group_joined", "attribution_merge", "merge_joined")
    if lacks := [name for name in needed if name not in explanation.data_vars]:
        raise InputError(
            f"a hierarchy needs {', '.join(lacks)}, which the explanation has not; take AgglomerativeHierarchy"
        )
    row = row_of(explanation, sample)
    part = {name: asked(explanation, name, target).isel(sample=row).values for name in needed[1:]}
    cells = asked(explanation, "membership", target).isel(sample=row).transpose("time", "feature", "group").values
    times = np.asarray(explanation["times"].values[row], dtype=np.float64)
    steps = np.flatnonzero(np.asarray(explanation["exists"].values[row], dtype=bool))
    cells = cells[steps[np.argsort(times[steps], kind="stable")]].astype(bool)
    groups, merges = ~np.isnan(part["attribution_group"]), ~np.isnan(part["attribution_merge"])
    return Tree(
        joined=part["group_joined"][groups].astype(np.int64),
        merge_joined=part["merge_joined"][merges].astype(np.int64),
        score=np.concatenate([part["attribution_group"][groups], part["attribution_merge"][merges]]),
        group=np.where(cells.any(axis=2), cells.argmax(axis=2), -1),
    )
