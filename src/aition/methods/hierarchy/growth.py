"""Growth: the tree of one sample, from single units to everything."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Linkage = Literal["interaction", "gain"]
Members = NDArray[np.bool_]
Pair = tuple[int, int]


@dataclass(eq=False)
class Growth:
    """Parts of one sample that are joined in rounds; nodes are the units and behind them the merges, in order.

    Args:
        n_unit: Units.
        edges: Units that touch, ``[edge, 2]``.
        linkage: What joins parts first.
        percentile: The share of pairs above it is joined in one round, and what ties with the last of them.
        grain: Priorities are compared in steps of this size, so that rounding decides nothing.
        beyond: Whether what two parts count for beyond each is asked by itself, not taken from scores.
    """

    n_unit: int
    edges: NDArray[np.int64]
    linkage: Linkage
    percentile: float
    grain: float
    beyond: bool = False
    members: list[Members] = field(init=False)
    score: list[float] = field(init=False)
    joined: list[int] = field(init=False)
    part: NDArray[np.int64] = field(init=False)
    chosen: NDArray[np.bool_] = field(init=False)
    known: dict[bytes, float] = field(init=False, default_factory=dict)
    pairs: list[Pair] = field(init=False, default_factory=list)
    between: dict[Pair, float] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.members = list(np.eye(self.n_unit, dtype=bool))
        self.score, self.joined = [], [-1] * self.n_unit
        self.part = np.arange(self.n_unit)
        self.chosen = np.zeros(self.n_unit, dtype=bool)

    @property
    def done(self) -> bool:
        return bool((self.part == self.part[0]).all())

    def asked(self) -> list[Members]:
        """Groups whose scores the next round needs and does not know: new nodes, and pairs that may be joined."""
        wanted = self.members[len(self.score) :]
        if len(self.score) < self.n_unit:
            return wanted
        self.pairs = self.candidates()
        if self.beyond:
            return wanted
        wanted = wanted + [self.members[a] | self.members[b] for a, b in self.pairs if a != b]
        fresh = {one.tobytes(): one for one in wanted if one.tobytes() not in self.known}
        return list(fresh.values())

    def asked_between(self) -> list[Pair]:
        """Pairs of which it is asked by itself what they count for beyond each, and which are not known."""
        return [pair for pair in self.pairs if self.beyond and pair not in self.between]

    def told(self, groups: Sequence[Members], scores: Sequence[float]) -> None:
        """Take in the scores of groups that were asked for."""
        self.known.update((group.tobytes(), score) for group, score in zip(groups, scores, strict=True))
        self.score += [self.known[one.tobytes()] for one in self.members[len(self.score) :]]

    def candidates(self) -> list[Pair]:
        """Pairs of parts that touch; a unit paired with itself may be chosen as a first one."""
        pairs = np.sort(self.part[self.edges], axis=1)
        pairs = np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)
        if self.linkage == "interaction":
            return [(int(a), int(b)) for a, b in pairs]
        pairs = pairs[self.is_chosen(pairs).any(axis=1)]
        free = np.setdiff1d(np.flatnonzero(~self.chosen), pairs)
        return [(int(a), int(b)) for a, b in pairs] + [(int(unit), int(unit)) for unit in free]

    def is_chosen(self, nodes: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether nodes are merges, or units that were chosen."""
        return np.asarray((nodes >= self.n_unit) | self.chosen[np.minimum(nodes, self.n_unit - 1)])

    def priority(self, pair: Pair) -> float:
        """How much speaks for joining a pair: the larger, the earlier."""
        a, b = pair
        if a == b:
            return self.score[a]
        if self.beyond:
            return abs(self.between[pair]) / float(self.members[a].sum() * self.members[b].sum())
        both = self.known[(self.members[a] | self.members[b]).tobytes()]
        if self.linkage == "interaction":
            n_pair = float(self.members[a].sum() * self.members[b].sum())
            return abs(both - self.score[a] - self.score[b]) / n_pair
        return both - self.score[a if self.is_chosen(np.array(a)) else b]

    def grow(self) -> None:
        """Join what the round's priorities choose; everything that is left where no parts touch."""
        if not self.pairs:
            self.merge([sorted(set(self.part.tolist()))])
            return
        priority = np.rint(np.array([self.priority(pair) for pair in self.pairs]) / self.grain)
        taken = [pair for pair, one in zip(self.pairs, leading(priority, self.percentile), strict=True) if one]
        if self.linkage == "gain":
            for pair in taken:
                self.chosen[[node for node in pair if node < self.n_unit]] = True
            pairs = self.part[self.edges]
            taken = [(int(a), int(b)) for a, b in pairs[self.is_chosen(pairs).all(axis=1)]]
        self.merge(components(taken))

    def merge(self, groups: Sequence[Sequence[int]]) -> None:
        """Join the parts of each group."""
        for group in groups:
            node = len(self.members)
            members = np.any([self.members[one] for one in group], axis=0)
            for one in group:
                self.joined[one] = node - self.n_unit
            self.members.append(members)
            self.joined.append(-1)
            self.part[members] = node


def leading(priority: NDArray[np.float64], percentile: float) -> NDArray[np.bool_]:
    """Which lie above a percentile, one at least; of a tie that would reach below it none, unless it is the highest.

    >>> leading(np.array([3.0, 1.0, 1.0, 1.0]), 50.0).tolist()
    [True, False, False, False]
    """
    n_lead: int = max(1, round(len(priority) * (1 - percentile / 100)))
    bound = np.sort(priority)[-n_lead]
    overflows = (priority >= bound).sum() > n_lead and bound < priority.max()
    return np.asarray(priority > bound if overflows else priority >= bound)


def components(pairs: Sequence[Pair]) -> list[list[int]]:
    """Nodes that pairs connect, directly or through others, by their smallest; those without another are left out.

    >>> components([(1, 2), (4, 4), (2, 7), (3, 5)])
    [[1, 2, 7], [3, 5]]
    """
    above: dict[int, int] = {}

    def root(node: int) -> int:
        while above.setdefault(node, node) != node:
            above[node] = node = above[above[node]]
        return node

    for a, b in pairs:
        low, high = sorted((root(a), root(b)))
        above[high] = low
    found: dict[int, list[int]] = {}
    for node in sorted(above):
        found.setdefault(root(node), []).append(node)
    return [group for _, group in sorted(found.items()) if len(group) > 1]
