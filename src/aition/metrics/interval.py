"""How sure a mean over samples is: bootstrap intervals, also of a paired difference."""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from aition.core.axes import check_axes
from aition.core.errors import InputError

BLOCK = 2**20
"""Values drawn at once, so that memory does not grow with the number of resamples."""


@dataclass(frozen=True)
class Interval:
    """A mean and how sure it is.

    Args:
        mean: Mean of the samples that have a value.
        low: Lower end of the interval.
        high: Upper end of the interval.
        level: Coverage aimed at, in (0, 1).
        n_sample: Samples that have a value.
        n_missing: Samples without one (NaN), which were left out.
    """

    mean: float
    low: float
    high: float
    level: float
    n_sample: int
    n_missing: int


@dataclass(frozen=True)
class Bootstrap:
    """Draw the samples anew, with replacement, and read an interval of their mean off the means so drawn.

    The samples must be independent (series of different patients, not windows of one). A bootstrap of few samples
    claims too much: over 2,000 simulations the interval of level .95 held the mean of normal values .84 of the time for
    5 samples, .90 for 10, .92 for 20 and .94 for 60 (of exponential values .78, .86, .91, .94). For a handful of seeds
    or folds, print the values.

    Args:
        level: Coverage aimed at, in (0, 1).
        n_resample: Resamples, enough to have one beyond each end: ``(1 - level) / 2 * n_resample >= 1``.
        seed: Of the resamples.
        method: ``"bca"`` corrects for bias and skewness, ``"percentile"`` takes the quantiles as they are.

    References:
        Efron, "Better bootstrap confidence intervals", Journal of the American Statistical Association 82, 1987.

    >>> import numpy as np
    >>> sure = Bootstrap().mean(np.array([.25, .25, np.nan]))
    >>> sure.low, sure.mean, sure.high, sure.n_missing
    (0.25, 0.25, 0.25, 1)
    """

    level: float = 0.95
    n_resample: int = 2000
    seed: int = 0
    method: Literal["bca", "percentile"] = "bca"

    def __post_init__(self) -> None:
        if not 0 < self.level < 1:
            raise InputError(f"level must lie between 0 and 1, but is {self.level}")
        if self.method not in ("bca", "percentile"):
            raise InputError(f"method must be 'bca' or 'percentile', but is {self.method!r}")
        least = int(np.ceil(2 / (1 - self.level) - 1e-9))
        if self.n_resample < least:
            raise InputError(f"n_resample must be at least {least} for level {self.level}, but is {self.n_resample}")

    def mean(self, values: NDArray[Any]) -> Interval:
        """Mean of one value a sample.

        Args:
            values: ``[sample]``; NaN where a sample has no value: it is left out and counted.

        Returns:
            The mean and its interval, in units of the values.

        Raises:
            InputError: If the shape does not fit, a value is infinite, or fewer than two samples have one.
        """
        given = np.asarray(values, dtype=np.float64)
        check_axes("values", given, ("sample",), {})
        known = given[~np.isnan(given)]
        if np.isinf(known).any():
            raise InputError("values must not be infinite: their mean says nothing")
        if known.size < 2:
            raise InputError(f"values must have two samples or more that are not NaN, but have {known.size}")
        low, high = self.ends(known)
        return Interval(
            mean=float(known.mean()),
            low=low,
            high=high,
            level=self.level,
            n_sample=known.size,
            n_missing=given.size - known.size,
        )

    def difference(self, first: NDArray[Any], second: NDArray[Any]) -> Interval:
        """Mean of ``first - second``, sample by sample: what one method gains over another on the same samples.

        Args:
            first: ``[sample]``.
            second: ``[sample]``, of the same samples in the same order; a pair with a NaN is left out and counted.

        Returns:
            The mean difference and its interval, in units of the values.

        Raises:
            InputError: If shapes do not fit, a value is infinite, or fewer than two pairs are complete.
        """
        first, second = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
        check_axes("first", first, ("sample",), {})
        check_axes("second", second, ("sample",), {"sample": len(first)})
        if np.isinf(first).any() or np.isinf(second).any():
            raise InputError("first and second must not be infinite: their difference says nothing")
        return self.mean(first - second)

    def ends(self, values: NDArray[np.float64]) -> tuple[float, float]:
        """Ends of the interval, for values without NaN, ``[sample]``."""
        if np.ptp(values) == 0:
            return float(values[0]), float(values[0])
        means = self.resampled_means(values)
        levels = np.array([(1 - self.level) / 2, (1 + self.level) / 2])
        if self.method == "bca":
            levels = corrected_levels(levels, values, means)
        low, high = np.quantile(means, levels)
        return float(low), float(high)

    def resampled_means(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Means of the resamples, ``[resample]``."""
        generator = np.random.default_rng(self.seed)
        size = max(1, BLOCK // values.size)
        blocks = [min(size, self.n_resample - start) for start in range(0, self.n_resample, size)]
        return np.concatenate(
            [values[generator.integers(values.size, size=(block, values.size))].mean(axis=1) for block in blocks]
        )


def corrected_levels(
    levels: NDArray[np.float64], values: NDArray[np.float64], means: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Quantile levels after the corrections for bias and acceleration.

    Args:
        levels: Levels asked for, ``[end]``, in (0, 1).
        values: The samples, ``[sample]``, not all equal.
        means: Means of the resamples, ``[resample]``.

    Returns:
        ``levels``, ``[end]``, in [0, 1].

    References:
        Efron, 1987, equations 2.2 to 2.4, with the acceleration of a mean: a sixth of its skewness.
    """
    normal = NormalDist()
    mean = values.mean()
    below = np.mean(means < mean) + np.mean(means == mean) / 2
    bias = normal.inv_cdf(float(np.clip(below, 0.5 / means.size, 1 - 0.5 / means.size)))
    spread = values - mean
    acceleration = float(np.sum(spread**3) / (6 * np.sum(spread**2) ** 1.5))
    shifted = [bias + normal.inv_cdf(float(level)) for level in levels]
    return np.array([normal.cdf(bias + shift / (1 - acceleration * shift)) for shift in shifted])
