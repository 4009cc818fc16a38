"""Clusters of points, as many as come again in resamples: k-means in plain numpy, from fixed seeds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aition.store.cube.stopping import Check

N_START = 4
N_ROUND = 50
N_RESAMPLE = 8
MOST_POINTS = 600
"""Points on which the number of clusters is chosen."""
LEAST_POINTS = 5
"""Points to a cluster, at least, on average."""
N_CLOUD = 5
CLEARLY = 3.0
"""Standard deviations by which clusters must be tighter than those of clouds without clusters."""
STABLE = 0.75
ALIKE = 0.02
"""Differences of stability below which the larger number is taken."""

Points = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Clusters:
    """Points parted into clusters.

    Args:
        centre: ``[cluster, dimension]``, the cluster with the most points first.
        member: The cluster of each point, ``[point]``.
        distance: Of each point to its centre, ``[point]``.
    """

    centre: Points
    member: Whole
    distance: Points


def k_means(points: Points, k: int, *, seed: int = 0) -> Clusters:
    """The best of several starts by k-means++.

    References:
        Arthur and Vassilvitskii (2007), k-means++: the advantages of careful seeding.
    """
    draw = np.random.default_rng(seed)
    best = (np.inf, np.zeros((0, 0)))
    for _ in range(N_START if k > 1 else 1):
        centre = seeded(points, k, draw)
        for _ in range(N_ROUND):
            member = squared(points, centre).argmin(axis=1)
            n = np.bincount(member, minlength=k)
            sums = np.stack([np.bincount(member, column, minlength=k) for column in points.T], axis=1)
            moved = np.where(n[:, None] > 0, sums / np.maximum(n, 1)[:, None], centre)
            if np.array_equal(moved, centre):
                break
            centre = moved
        loss = float(squared(points, centre).min(axis=1).sum())
        if loss < best[0]:
            best = (loss, centre)
    return assigned(points, best[1])


def assigned(points: Points, centre: Points) -> Clusters:
    """Each point with its nearest centre; centres that have points, in order of how many."""
    n = np.bincount(squared(points, centre).argmin(axis=1), minlength=len(centre))
    centre = centre[np.argsort(-n, kind="stable")[: np.count_nonzero(n)]]
    far = squared(points, centre)
    return Clusters(centre, far.argmin(axis=1), np.sqrt(far.min(axis=1)))


def squared(points: Points, centre: Points) -> Points:
    """Squared distances, ``[point, cluster]``."""
    far = (points**2).sum(axis=1)[:, None] - 2 * points @ centre.T + (centre**2).sum(axis=1)
    return np.asarray(np.maximum(far, 0))


def seeded(points: Points, k: int, draw: np.random.Generator) -> Points:
    """Centres among the points, each drawn far from those before."""
    chosen = [int(draw.integers(len(points)))]
    while len(chosen) < k:
        far = squared(points, points[chosen]).min(axis=1)
        total = far.sum()
        share = far / total if total > 0 else np.full(len(points), 1 / len(points))
        chosen.append(int(draw.choice(len(points), p=share)))
    return points[chosen]


def alike(one: Whole, other: Whole) -> float:
    """The adjusted Rand index of two partitions: 1 if they are the same, 0 on average if they are unrelated.

    References:
        Hubert and Arabie (1985), Comparing partitions.

    >>> alike(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0]))
    1.0
    """
    width = int(other.max()) + 1
    table = np.bincount(one * width + other, minlength=(int(one.max()) + 1) * width).reshape(-1, width)

    def pairs(count: Whole) -> float:
        return float((count * (count - 1) / 2).sum())

    both, rows, columns = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    expected = rows * columns / max(pairs(np.array([len(one)])), 1)
    most = (rows + columns) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


def stability(points: Points, k: int, check: Check) -> float:
    """How alike clusters of resamples are to those of all points: the mean adjusted Rand index.

    References:
        Hennig (2007), Cluster-wise assessment of cluster stability.
    """
    whole = k_means(points, k).member
    found = []
    for seed in range(N_RESAMPLE):
        check()
        drawn = np.random.default_rng(1 + seed).integers(len(points), size=len(points))
        centre = k_means(points[drawn], k, seed=seed).centre
        found.append(alike(whole, squared(points, centre).argmin(axis=1)))
    return float(np.mean(found))


def how_many(points: Points, most: int, check: Check) -> tuple[int, tuple[float, ...]]:
    """The number of clusters, and how stable each number from 1 on is.

    The largest number that is about as stable as the most stable one, among those whose clusters are stable and
    tighter than those of normal clouds of the same spread, which have none; 1 where there is no such number.

    References:
        Tibshirani, Walther and Hastie (2001), Estimating the number of clusters in a data set via the gap statistic.
    """
    most = min(most, len(points) // LEAST_POINTS)
    if most < 2:
        return 1, (1.0,)
    some = points[np.unique(np.linspace(0, len(points) - 1, MOST_POINTS).astype(np.int64))]
    spread = root(some)
    clouds = [np.random.default_rng(seed).normal(size=some.shape) @ spread for seed in range(N_CLOUD)]
    found, eligible = [1.0], {}
    for k in range(2, min(most, len(np.unique(some, axis=0))) + 1):
        found.append(stability(some, k, check))
        apart = np.array([looseness(cloud, k) for cloud in clouds])
        bound = apart.mean() - CLEARLY * apart.std(ddof=1) * np.sqrt(1 + 1 / N_CLOUD)
        if found[-1] >= STABLE and looseness(some, k) < bound:
            eligible[k] = found[-1]
    best = max(eligible.values(), default=1.0)
    return max((k for k, value in eligible.items() if value >= best - ALIKE), default=1), tuple(found)


def looseness(points: Points, k: int) -> float:
    """The logarithm of the mean squared distance to the centres of so many clusters."""
    return float(np.log(max((k_means(points, k).distance ** 2).mean(), 1e-300)))


def root(points: Points) -> Points:
    """What gives normal points the spread of these, ``[dimension, dimension]``."""
    size, axes = np.linalg.eigh(np.atleast_2d(np.cov(points.T)))
    return np.asarray(np.sqrt(np.maximum(size, 0))[:, None] * axes.T)
