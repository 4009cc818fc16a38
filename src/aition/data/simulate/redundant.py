"""Redundant: several features carry copies of the same signal."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from aition.core.errors import InputError
from aition.data.simulate.drawing import check_counts, check_least, check_positive, named, streams
from aition.data.simulate.law import check_share, either_way, noise, tossed, weighted, weighted_sum
from aition.data.simulate.simulated import Simulated

Reading = Literal["mean", "first"]


@dataclass(frozen=True)
class Redundant:
    """A pulse whose height decides the class stands in several features at once, a little noise apart.

    The first ``n_copy`` features are copies of one signal, autoregressive with a pulse of ``window`` steps at a step
    that differs between series; the others are inert. The law reads the pulse in all copies or in the first alone.
    Read in the first alone, the truth is what THAT law reads; a network that learned from the labels may read any copy,
    or all. To credit either, take the field ``copies``.

    Args:
        n_sample: Series.
        n_time: Steps.
        n_feature: Features.
        n_copy: Features that carry the signal.
        reading: "mean": the law reads the mean of the copies, and all of their cells in the pulse are true. "first": it
            reads the first copy, whose cells alone are true.
        window: Steps of the pulse.
        height: Of a pulse in the mean, in units of the signal's standard deviation; heights are uniform from half of it
            to one and a half, up or down.
        error: Standard deviation of what sets a copy apart from the signal, in the same units.
        strength: Log-odds for a pulse whose cells are 1 in the mean.
        memory: Correlation of the signal with the value before, in [0, 1).

    Returns:
        Series with the fields ``effect`` (the weight of each cell in the log-odds) and ``copies``, both
        ``[sample, time, feature]``: cells of one series with the same number above 0 are copies of one another, 0 are
        none.

    Raises:
        InputError: A setting is out of range.

    >>> drawn = Redundant(n_sample=1, n_feature=3, n_copy=2, window=2, reading="first")(seed=1)
    >>> drawn.truth[0].any(dim=0).tolist()
    [True, False, False]
    >>> drawn.batch["copies"][0, :2].tolist()
    [[1, 1, 0], [2, 2, 0]]
    """

    n_sample: int = 1000
    n_time: int = 40
    n_feature: int = 6
    n_copy: int = 3
    reading: Reading = "mean"
    window: int = 8
    height: float = 3.0
    error: float = 0.1
    strength: float = 1.0
    memory: float = 0.7

    def __post_init__(self) -> None:
        check_counts(n_sample=self.n_sample, window=self.window)
        check_positive(height=self.height, strength=self.strength)
        check_least(n_copy=(self.n_copy, 2), error=(self.error, 0))
        check_least(n_feature=(self.n_feature, self.n_copy), n_time=(self.n_time, self.window))
        check_share(memory=self.memory)
        if self.reading not in get_args(Reading):
            raise InputError(f"reading must be one of {', '.join(get_args(Reading))}, but is {self.reading!r}")

    def __call__(self, *, seed: int) -> Simulated:
        values, places, heights, errors, chance = streams(seed, 5)
        shape = (self.n_sample, self.n_time, self.n_feature)
        first = places.integers(self.n_time - self.window + 1, size=(self.n_sample, 1))
        step = np.arange(self.n_time)
        pulse = (first <= step) & (step < first + self.window)
        height = self.height * either_way(heights, (self.n_sample, 1))
        x = noise(values, shape, memory=self.memory)
        x[:, :, : self.n_copy] = (x[:, :, 0] + height * pulse)[:, :, None]
        x[:, :, : self.n_copy] += self.error * errors.standard_normal((*shape[:2], self.n_copy))
        n_read = self.n_copy if self.reading == "mean" else 1
        effect = np.zeros(shape)
        effect[:, :, :n_read] = pulse[:, :, None] * self.strength / (self.window * n_read)
        copies = np.zeros(shape, dtype=np.int64)
        copies[:, :, : self.n_copy] = 1 + step[:, None]
        return weighted(
            x,
            effect=effect,
            label=tossed(chance, weighted_sum(effect, x)),
            ids=named("redundant", seed=seed, n_sample=self.n_sample),
            feature_names=tuple(f"{'copy' if i < self.n_copy else 'inert'}{i}" for i in range(self.n_feature)),
            further={"copies": copies},
        )
