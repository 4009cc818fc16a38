"""Several replacements: does a removal curve say the same whatever stands in place of what is removed?"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from aition.checks.curve import FEW, LEAST_SAMPLES, RemovalCurve, Verdict, fall, interval_of, spread, verdict
from aition.checks.finding import CheckVerdict, Finding
from aition.core.errors import InputError
from aition.metrics.interval import Interval

REMOVAL = "removal"


@dataclass(frozen=True)
class Replaced:
    """What removal finds with several replacements.

    Args:
        verdict: "passed" if the explanation is believable whatever stands in; "alarm" if it is worse than random
            with one of them; "not decided" else. Its figure is the gain over random removal by the replacement that
            speaks least for the explanation.
        each: The verdict by each replacement.
        same_side: Share of the samples that the explanation gains in by every replacement, or by none.
    """

    verdict: CheckVerdict
    each: tuple[tuple[str, Verdict], ...]
    same_side: Interval


def across(curves: Mapping[str, RemovalCurve], *, fraction: float = 0.2) -> Replaced:
    """Judge an explanation by removal with several replacements at once.

    A model may answer oddly to one replacement, or read the replacement itself; it hardly does so to all. Each
    replacement has to show a gain of its own, so that trying many makes no false pass likelier.

    Args:
        curves: By the name of what stands in; of one explanation, samples and measure.
        fraction: Share of the values removed, one of the curves'.

    Raises:
        InputError: There are no curves, they differ in samples or measure, or have no such fraction.

    References:
        Haug et al., "On baselines for local feature attributions", 2021 (that the baseline decides the verdict).

    >>> start = np.random.default_rng(0).uniform(.7, .9, (40, 1)) - [0, 0]
    >>> shares = np.array([0, .2])
    >>> good = RemovalCurve(shares, start - [0, .5], start, (start - [0, .1])[None], "probability")
    >>> poor = RemovalCurve(shares, start, start - [0, .5], (start - [0, .1])[None], "probability")
    >>> across({"mean": good, "draws": good}).verdict.finding, across({"mean": good, "draws": poor}).verdict.finding
    ('passed', 'alarm')
    """
    if not curves:
        raise InputError("curves must hold at least one curve, but is empty")
    if len(kinds := {(curve.measure, len(curve.most)) for curve in curves.values()}) > 1:
        raise InputError(f"curves must be of one measure and the same samples, but are {sorted(kinds)}")
    each = tuple((name, verdict(curve, fraction=fraction)) for name, curve in curves.items())
    gains = []
    for curve in curves.values():
        step = int(np.flatnonzero(np.isclose(curve.fraction, fraction))[0])
        gains.append((fall(curve, "most") - fall(curve, "random"))[:, step])
    ups = np.stack(gains) > 0
    alike = np.where(np.isnan(gains).any(axis=0), np.nan, ups.all(axis=0) | ~ups.any(axis=0))
    first = next(iter(curves.values()))
    same = interval_of(first.bootstrap, alike.astype(np.float64))
    least = min(each, key=lambda one: one[1].gain.low if np.isfinite(one[1].gain.low) else np.inf)[1]
    finding, said = decided([one.finding for _, one in each])
    parts = "; ".join(f"{spread(one.gain)} by {label} ({one.finding})" for label, one in each)
    few = ", too few for the intervals to be trusted" if least.gain.n_sample < FEW else ""
    words = (
        f"{finding[0].upper()}{finding[1:]}: {said}. What removing the most important {100 * fraction:g} % costs "
        f"beyond as many at random: {parts}. The replacements are of one mind on {100 * same.mean:.0f} % of the "
        f"samples. {100 * least.gain.level:g} % intervals over {least.gain.n_sample} samples{few}."
    )
    whole = CheckVerdict(REMOVAL, finding, words, least.gain, 0.0, highest=False, unit=first.measure)
    return Replaced(whole, each, same)


def decided(findings: list[str]) -> tuple[Finding, str]:
    """The finding over all replacements, and what is said of it."""
    if "too few samples" in findings:
        return "too few samples", f"fewer than {LEAST_SAMPLES} are too few to judge by"
    if set(findings) == {"believable"}:
        return "passed", "the model misses what was called important, whatever stands in its place"
    if set(findings) == {"not distinguishable from random"}:
        return "not decided", "what was called important can't be told from random values"
    if set(findings) == {"worse than random"}:
        return "alarm", "the model misses what was called important less than random values"
    said = "the verdict hangs on what stands in place of what is removed"
    return ("alarm" if "worse than random" in findings else "not decided"), said
