"""V0: what can be said for and against believing a run, from the run itself, other runs, and a planted truth."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from aition.store.cube.opened import Mask, OpenCube
from aition.store.cube.stopping import Check, unhindered
from aition.store.summary.columns import nothing_known
from aition.store.summary.compare import shared

Verdict = Literal["good", "fair", "low", "unknown"]
LEAST_SHARE = 1e-4
"""A share below which its digits say nothing."""
LEAST_ROWS = 30
"""Rows of a value below which its mean is left out of comparisons."""


@dataclass(frozen=True)
class Fact:
    """One thing that is known.

    Args:
        name: What it is about.
        value: A number; NaN where there is none.
        verdict: How it speaks for the run.
        words: The fact in a sentence.
        shown: The number as it is shown; empty where its kind tells.
    """

    name: str
    value: float
    verdict: Verdict
    words: str
    shown: str = ""


@dataclass(frozen=True)
class Trust:
    """What is known.

    Args:
        facts: One by one.
        warnings: What may mislead.
    """

    facts: tuple[Fact, ...]
    warnings: tuple[str, ...]


def trust(cube: OpenCube, others: Sequence[OpenCube] = (), *, check: Check = unhindered) -> Trust:
    """Facts from a run's attributes and variables.

    Args:
        cube: The cube of the run.
        others: Cubes of other runs, built like this one.
        check: Called again and again; what it raises ends the work.
    """
    facts = [completeness(cube), explained(cube), *(agreement(cube, other, check) for other in others)]
    attrs = cube.run.attrs
    if not others:
        words = f"One run by {attrs['explainer'] or 'an unnamed method'} with seed {attrs['seed'] or 0}: "
        words += "no other method, seed or model was compared."
        facts.append(Fact("Agreement", np.nan, "unknown", words))
    return Trust(tuple(facts), tuple(warnings(cube)))


def verdict(value: float, *, good: float, fair: float, small: bool) -> Verdict:
    """A number in a word.

    >>> verdict(0.01, good=0.02, fair=0.1, small=True), verdict(0.5, good=0.8, fair=0.6, small=False)
    ('good', 'low')
    """
    if np.isnan(value):
        return "unknown"
    sign = 1 if small else -1
    return "good" if sign * value <= sign * good else "fair" if sign * value <= sign * fair else "low"


def percent(share: float) -> str:
    """A share in words, as exact as anybody asks for.

    >>> percent(3.7e-7), percent(0.00123), percent(0.5)
    ('less than 0.01 %', '0.12 %', '50 %')
    """
    if 0 < share < LEAST_SHARE:
        return "less than 0.01 %"
    return f"{100 * share:.0f} %" if share >= 0.995 else f"{100 * share:.2g} %"


def completeness(cube: OpenCube) -> Fact:
    """How far attributions are from adding up to what had to be explained."""
    error = cube.samples.get("completeness", np.zeros(0))
    if not len(error) or nothing_known(error):
        words = "The method does not promise that attributions add up to the score, or did not say how nearly they do."
        return Fact("Completeness", np.nan, "unknown", words)
    there = np.isfinite(error)
    off = np.abs(error[there])
    change = np.abs(cube.samples["total"][there] - error[there])
    share = float(off.sum() / change.sum()) if change.sum() > 0 else np.nan
    said = f"Attributions add up to the change of the score but for {percent(share)} of it on average"
    words = f"{said}; in 95 of 100 sequences they are off by less than {np.quantile(off, 0.95):.2g}."
    return Fact("Completeness", share, verdict(share, good=0.02, fair=0.1, small=True), words)


def explained(cube: OpenCube) -> Fact:
    """How many sequences have an explanation at all."""
    n = int(np.count_nonzero(np.diff(cube.starts)))
    share = n / max(len(cube), 1)
    words = f"{n:,} of {len(cube):,} sequences are explained, in {cube.n_row:,} rows."
    return Fact("Explained", share, verdict(share, good=0.999, fair=0.95, small=False), words)


def agreement(cube: OpenCube, other: OpenCube, check: Check) -> Fact:
    """Whether another run ranks values alike: the rank correlation of their mean attributions."""
    attrs, also = cube.run.attrs, other.run.attrs
    if target_of(cube) != target_of(other):
        words = f"{called(other)} explains another output: its ranking says nothing of this one."
        return Fact("Other output", np.nan, "unknown", words)
    here, elsewhere = shared(cube, other)
    own, there = (
        by_value(one, np.isin(np.arange(len(one)), places), check) for one, places in ((cube, here), (other, elsewhere))
    )
    known = ~np.isnan(own) & ~np.isnan(there)
    value = spearman(own[known], there[known])
    name = "Other settings"
    if any(attrs.get(key) != also.get(key) for key in ("seed", "weights_sha256")):
        name = "Other seed or weights"
    if any(attrs[key] != also[key] for key in ("explainer", "model")):
        name = "Other method or model"
    words = (
        f"{called(other)} ranks {int(known.sum())} values alike with a correlation of {value:.2f}, in the "
        f"{len(here):,} sequences that both runs have."
    )
    if np.isnan(value):
        words = f"{called(other)} has {len(here):,} of these sequences: too few to compare what both say of values."
    return Fact(name, value, verdict(value, good=0.8, fair=0.5, small=False), words)


def called(other: OpenCube) -> str:
    """What another run is called: by its folder, and its method where it says one."""
    name, method = other.run.path.name, other.run.attrs["explainer"]
    return name if method in ("", name) else f"{name} ({method})"


def target_of(cube: OpenCube) -> list[object]:
    """What a cube's run explains; empty where it does not say."""
    asked: list[object] = json.loads(cube.run.attrs.get("target") or "[]")
    return asked[cube.spec.target : cube.spec.target + 1]


def by_value(cube: OpenCube, mask: Mask, check: Check) -> NDArray[np.float64]:
    """Mean attribution of each value in some samples, ``[value]``; NaN where there are too few rows.

    Rows are read, so that a cube may have more cells than are held at once.
    """
    spec = cube.spec
    n, total = np.zeros((2, spec.n_value))
    for piece in cube.pieces(mask, check):
        value = (piece.code // np.uint32(spec.n_time * spec.n_attribution)).astype(np.int64)
        n += np.bincount(value, minlength=spec.n_value)
        total += np.bincount(value, piece.attribution, minlength=spec.n_value)
    return np.asarray(np.where(n >= LEAST_ROWS, total / np.maximum(n, 1), np.nan))


def warnings(cube: OpenCube) -> list[str]:
    """What may mislead."""
    found = []
    if cube.spec.groups == ((-1, -1),):
        found.append("Neither predicted classes nor labels are known: all sequences are one group.")
    n = cube.samples["n_row"]
    if len(n) and n.sum() and n.max() > 0.2 * n.sum() and len(n) > 5:
        found.append("One sequence has more than a fifth of all rows: means are mostly about it.")
    small = [count for count in np.bincount(cube.group, minlength=len(cube.spec.groups)).tolist() if count < 20]
    if small:
        found.append(
            f"{len(small)} of {len(cube.spec.groups)} groups have fewer than 20 sequences: read their intervals."
        )
    return found


def spearman(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Rank correlation, ties at their mean rank; NaN where fewer than three differ.

    >>> spearman(np.array([1.0, 2.0, 3.0]), np.array([1.0, 4.0, 9.0]))
    1.0
    """
    if min(len(np.unique(one)), len(np.unique(other))) < 2 or len(one) < 3:
        return float("nan")
    return round(float(np.corrcoef(ranks(one), ranks(other))[0, 1]), 12)


def ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean ranks."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((count.cumsum() - (count - 1) / 2)[place.reshape(-1)])
