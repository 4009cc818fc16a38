"""What one check found, in a form that all checks share: a figure with its interval, a bound, a finding, words."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from aition.checks.curve import FEW, LEAST_SAMPLES
from aition.metrics.interval import Interval

Finding = Literal["passed", "alarm", "not decided", "too few samples", "not measured"]


@dataclass(frozen=True)
class CheckVerdict:
    """What one check found.

    Args:
        check: Its name.
        finding: "passed" or "alarm" where the whole interval lies on one side of the bound, else "not decided";
            "too few samples" where fewer than 5 have a figure; "not measured" where there is nothing to judge by, and
            then the figure is NaN.
        words: The same as a sentence with its figures.
        figure: What was measured, with its interval over the samples.
        bound: Where it must not lie beyond.
        highest: Whether the bound is the highest value that passes; else it is the lowest.
        unit: Of the figure.
    """

    check: str
    finding: Finding
    words: str
    figure: Interval
    bound: float
    highest: bool
    unit: str


def judged(figure: Interval, bound: float, *, highest: bool) -> Finding:
    """On which side of a bound an interval lies."""
    if figure.n_sample < LEAST_SAMPLES:
        return "too few samples"
    good, bad = (figure.high <= bound, figure.low > bound) if highest else (figure.low >= bound, figure.high < bound)
    return "passed" if good else "alarm" if bad else "not decided"


def verdict_of(
    check: str, finding: Finding, words: str, figure: Interval, bound: float, *, highest: bool, unit: str
) -> CheckVerdict:
    """A verdict whose words begin with the finding and end with the bound and the number of samples."""
    allowed = f"{'at most' if highest else 'at least'} {round(bound, 3):g} passes"
    few = ", too few for the interval to be trusted" if figure.n_sample < FEW else ""
    whole = f"{finding[0].upper()}{finding[1:]}: {words}; {allowed}. {100 * figure.level:g} % interval over "
    whole += f"{figure.n_sample} samples{few}."
    return CheckVerdict(check, finding, whole, figure, bound, highest, unit)


def not_measured(check: str, reason: str, bound: float, *, highest: bool, unit: str) -> CheckVerdict:
    """The verdict where there is nothing to judge by; it never passes.

    Args:
        check: Its name.
        reason: Why, in words.
        bound: Where the figure would have to lie.
        highest: Whether it would be the highest value that passes.
        unit: Of the figure.
    """
    nothing = Interval(float("nan"), float("nan"), float("nan"), 0.95, 0, 0)
    return CheckVerdict(check, "not measured", f"Not measured: {reason}.", nothing, bound, highest, unit)


def as_json(verdict: CheckVerdict) -> dict[str, object]:
    """A verdict for programs; figures that there are not are left out.

    >>> as_json(not_measured("static mask", "there is one sample alone", .9, highest=True, unit="Jaccard"))["finding"]
    'not measured'
    """
    figure = verdict.figure
    numbers = {"mean": figure.mean, "low": figure.low, "high": figure.high}
    known = {name: number for name, number in numbers.items() if np.isfinite(number)}
    plain = {"check": verdict.check, "finding": verdict.finding, "words": verdict.words}
    return {**plain, **known, "bound": verdict.bound, "unit": verdict.unit, "samples": figure.n_sample}
