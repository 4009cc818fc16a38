"""Removal curves, and what they say in plain words; no model and no torch is needed to read one."""

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from aition.core.axes import check_axes
from aition.core.errors import InputError
from aition.metrics.interval import Bootstrap, Interval
from aition.metrics.trajectory import removal_area

Order = Literal["most", "random", "least"]
Measure = Literal["probability", "score"]
Finding = Literal["believable", "not distinguishable from random", "worse than random", "too few samples"]
LEAST_SAMPLES, FEW = 5, 15
"""With fewer samples no verdict is given; with fewer than the second, words say that the interval claims too much."""


@dataclass(frozen=True, eq=False)
class RemovalCurve:
    """What a model says of each sample while its values are taken away, most or least important first, or at random.

    Putting values back, the most important first, passes through the same inputs as taking them away with the least
    important first, so ``least`` read from its end is the insertion curve.

    Args:
        fraction: Share of the measured values that is removed, ``[step]``, rising from 0.
        most: Most important first, ``[sample, step]``; NaN throughout where the asked step does not exist.
        least: Least important first, ``[sample, step]``.
        random: In random orders, ``[draw, sample, step]``.
        measure: "probability" of the explained class, or the "score" that was asked for, in units of the model.
        bootstrap: How intervals over the samples are made.
        baseline: What stood in the place of removed values, in words.
    """

    fraction: NDArray[np.float64]
    most: NDArray[np.float64]
    least: NDArray[np.float64]
    random: NDArray[np.float64]
    measure: Measure
    bootstrap: Bootstrap = field(default_factory=Bootstrap)
    baseline: str = ""

    def __post_init__(self) -> None:
        if self.fraction.ndim != 1 or len(self.fraction) < 2 or self.fraction[0] != 0 or self.fraction[-1] > 1:
            raise InputError(f"fraction must be two or more numbers from 0 to 1, but is {self.fraction.tolist()}")
        if not bool((np.diff(self.fraction) > 0).all()):
            raise InputError(f"fraction must rise, but is {self.fraction.tolist()}")
        if self.measure not in get_args(Measure):
            raise InputError(f"measure must be 'probability' or 'score', but is {self.measure!r}")
        sizes = {"step": len(self.fraction), "sample": len(self.most)}
        check_axes("most", self.most, ("sample", "step"), sizes)
        check_axes("least", self.least, ("sample", "step"), sizes)
        check_axes("random", self.random, ("draw", "sample", "step"), sizes)
        if not len(self.random):
            raise InputError("random must hold at least one random order, but holds none")


@dataclass(frozen=True)
class Verdict:
    """Whether an explanation finds what a model uses, judged by removal against removal at random.

    Args:
        finding: "believable" if the most important values count for more than as many random ones, by an interval
            above 0; "worse than random" if it is below 0; "too few samples" where there are fewer than 5.
        words: The same as a sentence with its figures.
        fraction: Share of the values removed, at which the finding was made.
        most: Fall of the measure when the most important values are removed.
        random: Fall when as many random values are removed.
        gain: The difference of the two, sample by sample.
        area_gain: The same difference, as a mean over all shares removed.
    """

    finding: Finding
    words: str
    fraction: float
    most: Interval
    random: Interval
    gain: Interval
    area_gain: Interval


def trajectory(curve: RemovalCurve, order: Order) -> NDArray[np.float64]:
    """The measure of each sample after each removal, ``[sample, step]``; for random orders its mean over the draws."""
    if order not in get_args(Order):
        raise InputError(f"order must be 'most', 'random' or 'least', but is {order!r}")
    return np.asarray(curve.random.mean(axis=0) if order == "random" else getattr(curve, order))


def fall(curve: RemovalCurve, order: Order) -> NDArray[np.float64]:
    """How far the measure falls below that of the untouched sample, ``[sample, step]``; negative where it rises.

    >>> curve = RemovalCurve(np.array([0, .5]), np.array([[.9, .1]]), np.array([[.9, 1.]]), np.array([[[.9, .5]]]),
    ...                      "probability")
    >>> fall(curve, "most").round(6).tolist(), fall(curve, "least").round(6).tolist()
    ([[0.0, 0.8]], [[0.0, -0.1]])
    """
    path = trajectory(curve, order)
    return np.asarray(path[:, :1] - path)


def mean_fall(curve: RemovalCurve, order: Order) -> NDArray[np.float64]:
    """Mean height of the fall over all shares removed: the area over the removal curve, ``[sample]``."""
    return removal_area(fall(curve, order), curve.fraction)


def band(curve: RemovalCurve, order: Order) -> NDArray[np.float64]:
    """Mean of the measure over the samples with the ends of its interval, ``[step, 3]``: mean, low, high."""
    rows = []
    for column in trajectory(curve, order).T:
        interval = interval_of(curve.bootstrap, column)
        rows.append((interval.mean, interval.low, interval.high))
    return np.array(rows)


def verdict(curve: RemovalCurve, *, fraction: float = 0.2) -> Verdict:
    """Judge an explanation by what its most important values count for.

    The share is to be chosen before the curve is seen: the best of several would flatter every explainer.

    Args:
        curve: What :func:`aition.checks.removing.removal` gave.
        fraction: Share of the values removed, one of the curve's.

    Raises:
        InputError: The curve has no such fraction.

    >>> generator = np.random.default_rng(0)
    >>> start = generator.uniform(.7, .9, (40, 1))
    >>> curve = RemovalCurve(np.array([0, .2]), start - [0, .5], start - [0, 0], (start - [0, .1])[None], "probability")
    >>> verdict(curve).finding
    'believable'
    """
    places = np.flatnonzero(np.isclose(curve.fraction, fraction))
    if fraction <= 0 or not len(places):
        known = ", ".join(f"{share:g}" for share in curve.fraction[1:])
        raise InputError(f"fraction must be one of the curve's, {known}, but is {fraction:g}")
    step, bootstrap = int(places[0]), curve.bootstrap
    most, random = fall(curve, "most")[:, step], fall(curve, "random")[:, step]
    gain = interval_of(bootstrap, most - random)
    finding: Finding = "not distinguishable from random"
    if gain.n_sample < LEAST_SAMPLES:
        finding = "too few samples"
    elif gain.low > 0:
        finding = "believable"
    elif gain.high < 0:
        finding = "worse than random"
    parts = (interval_of(bootstrap, most), interval_of(bootstrap, random), gain)
    return Verdict(
        finding=finding,
        words=sentence(finding, curve.measure, fraction, *parts),
        fraction=fraction,
        most=parts[0],
        random=parts[1],
        gain=gain,
        area_gain=interval_of(bootstrap, mean_fall(curve, "most") - mean_fall(curve, "random")),
    )


def interval_of(bootstrap: Bootstrap, values: NDArray[Any]) -> Interval:
    """Mean and interval; the ends are NaN where fewer than two samples have a value."""
    known = values[~np.isnan(values)]
    if known.size >= 2:
        return bootstrap.mean(values)
    mean = float(known[0]) if known.size else float("nan")
    return Interval(mean, float("nan"), float("nan"), bootstrap.level, known.size, values.size - known.size)


def sentence(
    finding: Finding, measure: Measure, fraction: float, most: Interval, random: Interval, gain: Interval
) -> str:
    """The verdict in plain words, with figures."""
    what = "the probability of the explained class" if measure == "probability" else "the explained score"
    share = f"{100 * fraction:g} %"
    verb = "lowers" if most.mean >= 0 else "raises"
    words = (
        f"{finding[0].upper()}{finding[1:]}: removing the most important {share} of the values {verb} {what} by "
        f"{spread(most, magnitude=True)}; removing {share} at random {'lowers' if random.mean >= 0 else 'raises'} it "
        f"by {spread(random, magnitude=True)}. Difference {spread(gain)}; "
    )
    if gain.n_sample < 2:
        return words + f"{gain.n_sample} sample{'s' * (gain.n_sample != 1)}, so no interval can be made."
    words += f"{100 * gain.level:g} % intervals over {gain.n_sample} samples"
    return words + (", too few for the intervals to be trusted." if gain.n_sample < FEW else ".")


def spread(interval: Interval, *, magnitude: bool = False) -> str:
    """A mean and its interval in as many digits as they need; with ``magnitude`` a negative mean is turned to positive.

    >>> spread(Interval(-.312, -.37, -.25, .95, 40, 0), magnitude=True), spread(Interval(.0031, 0, .0071, .95, 40, 0))
    ('0.31 [0.25, 0.37]', '0.0031 [0.0000, 0.0071]')
    """
    numbers = [interval.mean, interval.low, interval.high]
    if magnitude and interval.mean < 0:
        numbers = [-interval.mean, -interval.high, -interval.low]
    known = [abs(number) for number in numbers if np.isfinite(number)]
    largest = max(known, default=0.0)
    digits = int(np.clip(1 - np.floor(np.log10(largest)), 0 if largest >= 10 else 2, 4)) if largest > 0 else 2
    mean, low, high = (f"{round(number, digits) + 0.0:.{digits}f}" for number in numbers)
    return f"{mean} [{low}, {high}]" if len(known) == 3 else mean
