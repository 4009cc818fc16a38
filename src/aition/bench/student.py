"""How sure the mean of a few seeds is: Student's interval."""

import math
from collections.abc import Sequence
from statistics import fmean, stdev

from aition.core.errors import InputError
from aition.metrics.interval import Interval


def interval_of(values: Sequence[float], *, level: float = 0.95) -> Interval:
    """Mean of a few values, and Student's interval of it.

    A bootstrap of five values claims too much (see :class:`aition.metrics.Bootstrap`). Student's interval covers as
    often as it says where values are about normal, as averages over many series are, however few they are.

    Args:
        values: One a seed, independent of one another.
        level: Coverage aimed at, in (0, 1).

    Returns:
        The mean and its interval; the ends are NaN for a single value.

    Raises:
        InputError: There are no values.

    References:
        Student, "The probable error of a mean", Biometrika 6, 1908.

    >>> one = interval_of([1.0, 2.0, 3.0])
    >>> one.mean, round(one.high - one.mean, 3)
    (2.0, 2.484)
    """
    if not values:
        raise InputError("values must hold at least one, but are none")
    mean = fmean(values)
    if len(values) < 2:
        return Interval(mean, math.nan, math.nan, level, 1, 0)
    half = quantile(level, len(values) - 1) * stdev(values) / math.sqrt(len(values))
    return Interval(mean, mean - half, mean + half, level, len(values), 0)


def quantile(level: float, freedom: int) -> float:
    """The value that |t| stays below with this probability.

    Args:
        level: In (0, 1).
        freedom: Degrees of freedom, from 1.

    >>> round(quantile(0.95, 4), 3)
    2.776
    """
    low, high = 0.0, 1.0
    while within(high, freedom) < level:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if within(middle, freedom) < level else (low, middle)
    return high


def within(value: float, freedom: int) -> float:
    """Probability that |t| is at most a value, for whole degrees of freedom.

    References:
        Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
    """
    angle = math.atan(value / math.sqrt(freedom))
    square, odd = math.cos(angle) ** 2, freedom % 2
    term = math.cos(angle) if odd else 1.0
    total = term if freedom > 1 else 0.0
    for step in range(2 + odd, freedom - 1, 2):
        term *= square * (step - 1) / step
        total += term
    return 2 / math.pi * (angle + math.sin(angle) * total) if odd else math.sin(angle) * total
