"""Places: which features, steps and fixed regions of a series hold the attribution, and by how much too much."""

from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from aition.checks.curve import interval_of
from aition.metrics.interval import Bootstrap, Interval

Reals = NDArray[np.float64]
TIMES = 2.0
"""How many times denser than its feature's other steps, and than all cells, a region must be to be looked at."""
STRETCHES = 10
"""Parts that time is cut into."""


@dataclass(frozen=True)
class Region:
    """A feature, in all steps or in some that are counted from the first existing one.

    Args:
        feature: Its name.
        first: The first of its steps.
        last: The last of its steps; -1 for all that exist.
    """

    feature: str
    first: int = 0
    last: int = -1

    def __str__(self) -> str:
        if self.last < 0:
            return self.feature
        steps = f"step {self.first}" if self.first == self.last else f"steps {self.first} to {self.last}"
        return f"{self.feature} at {steps}"

    def cells(self, exists: NDArray[np.bool_], names: tuple[str, ...]) -> NDArray[np.bool_]:
        """Which cells it holds, ``[sample, time, feature]``.

        Args:
            exists: Which steps are no padding, ``[sample, time]``.
            names: Of the features.
        """
        step = np.cumsum(exists, axis=1) - 1
        inside = exists & (step >= self.first) & ((step <= self.last) | (self.last < 0))
        return np.asarray(inside[:, :, None] & (np.array(names) == self.feature))


@dataclass(frozen=True)
class Part:
    """What a part of all cells holds of the attribution.

    Args:
        name: Of the part.
        size: Its mean share of the cells.
        share: Its share of the sizes of the attribution, the mean over the samples.
    """

    name: str
    size: float
    share: Interval


@dataclass(frozen=True, eq=False)
class Shares:
    """Sizes of an attribution, of which those of each sample make 1.

    Args:
        share: ``[sample, time, feature]``, steps counted from the first existing one, 0 beyond the last; NaN in samples
            whose attribution is empty.
        size: Likewise, of an attribution that is the same everywhere.
        names: Of the features.
        bootstrap: How intervals over the samples are made.
    """

    share: Reals
    size: Reals
    names: tuple[str, ...]
    bootstrap: Bootstrap = field(default_factory=Bootstrap)

    @classmethod
    def of(cls, attribution: xr.DataArray, exists: NDArray[np.bool_]) -> "Shares":
        """Of an attribution with axes sample, time and feature."""
        signed = attribution.transpose("sample", "time", "feature").values.astype(np.float64)
        values: Reals = np.nan_to_num(np.abs(signed))
        there = np.broadcast_to(exists[:, :, None], values.shape)
        names = tuple(map(str, attribution.coords["feature"].values)) if "feature" in attribution.coords else ()
        names = names or tuple(map(str, range(values.shape[2])))
        return cls(
            parted(aligned(np.where(there, values, 0.0), exists)),
            parted(aligned(there.astype(np.float64), exists)),
            names,
        )

    def part(self, name: str, cells: NDArray[np.bool_]) -> Part:
        """What some cells hold.

        Args:
            name: Of the part.
            cells: ``[time, feature]``, steps counted from the first existing one.
        """
        share = (self.share * cells).sum(axis=(1, 2))
        return Part(name, float((self.size * cells).sum(axis=(1, 2)).mean()), interval_of(self.bootstrap, share))

    def inside(self, region: Region) -> Part:
        """What a region holds."""
        every = np.ones((1, self.share.shape[1]), dtype=np.bool_)
        return self.part(str(region), region.cells(every, self.names)[0])


def aligned(values: Reals, exists: NDArray[np.bool_]) -> Reals:
    """Values moved so that the first existing step comes first; what does not exist must be 0.

    >>> aligned(np.array([[[0.0], [5.0]]]), np.array([[False, True]])).ravel().tolist()
    [5.0, 0.0]
    """
    index = (np.arange(exists.shape[1]) + exists.argmax(axis=1)[:, None]) % exists.shape[1]
    return np.take_along_axis(values, index[:, :, None], axis=1)


def parted(values: Reals) -> Reals:
    """Values as shares of the sum of their sample; NaN where that is 0."""
    total = values.sum(axis=(1, 2), keepdims=True)
    return np.asarray(np.where(total > 0, values / np.where(total > 0, total, 1.0), np.nan))


def by_feature(shares: Shares) -> tuple[Part, ...]:
    """What each feature holds, the most first."""
    every = np.ones(shares.share.shape[1], dtype=np.bool_)
    parts = [shares.part(name, np.outer(every, np.array(shares.names) == name)) for name in shares.names]
    return tuple(sorted(parts, key=lambda part: -part.share.mean))


def by_stretch(shares: Shares, *, n_stretch: int = STRETCHES) -> tuple[Part, ...]:
    """What each stretch of time holds, the first first."""
    parts, n_time = [], shares.share.shape[1]
    for steps in np.array_split(np.arange(n_time), min(n_stretch, n_time)):
        within = np.isin(np.arange(n_time), steps)[:, None] & np.ones(len(shares.names), dtype=np.bool_)
        name = f"steps {steps[0]} to {steps[-1]}" if len(steps) > 1 else f"step {steps[0]}"
        parts.append(shares.part(name, within))
    return tuple(parts)


def dense_regions(shares: Shares, *, times: float = TIMES) -> tuple[Region, ...]:
    """Of each feature the run of steps that holds most beyond ``times`` what is usual, if there is any, most first.

    Usual is the larger of two: what any cell holds, and what the middle step of the feature does, so that a feature
    that matters at all times has none. Runs of half of the steps or more are none, either.

    >>> share = np.full((4, 10, 1), 0.05)
    >>> share[:, 2:4] = 0.3
    >>> [str(one) for one in dense_regions(Shares(share, np.full((4, 10, 1), 0.1), ("pulse",)), times=2)]
    ['pulse at steps 2 to 3']
    """
    if np.isnan(shares.share).all():
        return ()
    held, size = np.nanmean(shares.share, axis=0), shares.size.mean(axis=0)
    usual = np.maximum(size, np.median(held, axis=0))
    found = []
    for place, name in enumerate(shares.names):
        excess, first, last = richest_run(held[:, place] - times * usual[:, place])
        if excess > 0 and 2 * (last - first + 1) < len(held):
            found.append((excess, Region(name, first, last)))
    return tuple(region for _, region in sorted(found, key=lambda one: -one[0]))


def richest_run(values: Reals) -> tuple[float, int, int]:
    """The run whose sum is largest: the sum, its first place and its last.

    >>> richest_run(np.array([-1.0, 2.0, -0.5, 3.0, -4.0]))
    (4.5, 1, 3)
    """
    ends = np.concatenate([[0.0], np.cumsum(values)])
    lowest = np.minimum.accumulate(ends[:-1])
    last = int(np.argmax(ends[1:] - lowest))
    first = int(np.argmin(ends[: last + 1]))
    return float(ends[last + 1] - ends[first]), first, last
