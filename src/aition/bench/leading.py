"""What several boards say together: ranks over tasks, what was expected, and differences on the same networks."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aition.bench.deviations import DEVIATIONS
from aition.bench.expectation import Expected
from aition.bench.expected import expected
from aition.bench.figures import FIGURES
from aition.bench.published import published
from aition.bench.report import Board, Standing, counted, label_of, over_seeds, task_names
from aition.bench.rows import Row
from aition.bench.student import interval_of
from aition.metrics.interval import Interval

REFERENCE = "integrated-gradients"
"""The method to which others are held on the same networks."""
TIED = 5e-4
"""Means that differ by less than this, in the third decimal, share a rank."""
PRINTED_AS: Mapping[str, tuple[str, ...]] = {
    "captum method=DeepLift": ("DeepLift",),
    "captum method=Lime": ("LIME",),
    "dynamask": ("DynaMask", "Dynamask"),
    "extremal-mask": ("ExtrMask",),
    "extremal-mask replacement=fixed": ("ExtrMask",),
    "fit": ("FIT",),
    "occlusion": ("Occlusion", "FO"),
    "time-x": ("TimeX",),
    "timing": ("TIMING",),
    "win-it": ("WinIT",),
}
"""What papers call the methods of ours."""
BY_VALUE = ("aup", "aur", "information", "entropy")
"""Figures over the value of the threshold: they judge how masks are spread, not whether cells are told apart; chance
has an AUR of a half where perfect rankings have less."""
NO_WEIGHTS = hashlib.sha256(b"").hexdigest()
"""The digest of a model without weights, which is a law."""
LAW = "-white-box"
"""How tasks end that explain a law, where some have weights."""


@dataclass(frozen=True)
class Verdict:
    """What became of an expectation.

    Args:
        expected: The expectation.
        mean: What was found, over the seeds; NaN where the method has no such figure.
        met: Whether it is as expected.
        reason: Why it is not, found out after the run; empty where it is, or nobody knows.
    """

    expected: Expected
    mean: float
    met: bool
    reason: str


@dataclass(frozen=True)
class Rank:
    """How a method stands over tasks.

    Args:
        label: The method.
        places: Mean of its ranks, 1 for the best, and its interval over the tasks.
        n_task: Tasks on which it was asked.
        n_silent: Of these, those on which it refused, or was stopped.
        cpu_seconds: Median over the tasks of the CPU seconds that explaining takes; NaN where it never answered.
        fit_cpu_seconds: The same of fitting.
        peak_mb: The largest peak of memory, in MB; NaN likewise.
    """

    label: str
    places: Interval
    n_task: int
    n_silent: int
    cpu_seconds: float
    fit_cpu_seconds: float
    peak_mb: float


@dataclass(frozen=True)
class Difference:
    """A method beside the reference on the same trained networks and series.

    Args:
        task: The task.
        metric: The figure by which it is compared.
        label: The method.
        gain: Method less reference, the mean over seeds and its interval.
        values: What it was made of, one number a seed.
        printed: The same difference as papers print it, by source.
    """

    task: str
    metric: str
    label: str
    gain: Interval
    values: tuple[float, ...]
    printed: Mapping[str, float]


def ranked_by(lead: str) -> str:
    """The figure by which a board compares methods: the leading one, but one of order where that is one of values.

    >>> ranked_by("tpr"), ranked_by("aur")
    ('tpr', 'auprc')
    """
    return "auprc" if lead in BY_VALUE else lead


def verdicts(board: Board) -> tuple[Verdict, ...]:
    """What became of what was expected of the methods of a board, methods in its order.

    Nothing is said of a method that was not run, or that has neither a figure nor a refusal.
    """
    found = []
    for one in board.standings:
        if not (one.figures or one.refused):
            continue
        for (label, metric), said in expected(board.task).items():
            if label == one.label:
                mean = one.figures[metric].mean if metric in one.figures else None
                met = said.met(mean)
                reason = "" if met else DEVIATIONS.get((board.task, label, metric), "")
                found.append(Verdict(said, math.nan if mean is None else mean, met, reason))
    return tuple(found)


def ranks(boards: Sequence[Board]) -> tuple[Rank, ...]:
    """Mean ranks over the tasks, the best first; of methods that were asked on at least half of the tasks.

    On each task the best mean of the figure of :func:`ranked_by` has rank 1; means that are equal to three decimals
    share the mean of their ranks, and so do, below all others, the methods that refused or were stopped: they told
    nothing. A method that was not asked has no rank there.

    Args:
        boards: A board for each task.
    """
    places: dict[str, list[float]] = {}
    of: dict[str, list[Standing]] = {}
    for board in boards:
        for label, place in places_on(board).items():
            places.setdefault(label, []).append(place)
        for one in board.standings:
            of.setdefault(one.label, []).append(one)
    found = [rank(label, some, of[label]) for label, some in places.items() if 2 * len(some) >= len(boards)]
    return tuple(sorted(found, key=lambda one: one.places.mean))


def places_on(board: Board) -> dict[str, float]:
    """The rank of every method that was asked, by its label."""
    lead = ranked_by(board.lead)
    sign = 1 if FIGURES[lead].better == "lower" else -1
    worth = {
        one.label: sign * round(one.figures[lead].mean / (2 * TIED)) if lead in one.figures else math.inf
        for one in board.standings
        if lead in one.figures or one.refused
    }
    every = list(worth.values())
    return {label: 1 + sum(one < mine for one in every) + (every.count(mine) - 1) / 2 for label, mine in worth.items()}


def rank(label: str, places: Sequence[float], standings: Sequence[Standing]) -> Rank:
    """One method over its tasks."""
    costs = {
        name: sorted(one.costs[name].mean for one in standings if name in one.costs)
        for name in ("cpu_seconds", "fit_cpu_seconds", "peak_rss_mb")
    }
    return Rank(
        label=label,
        places=interval_of(places),
        n_task=len(places),
        n_silent=sum(not one.figures for one in standings if one.refused),
        cpu_seconds=middle(costs["cpu_seconds"]),
        fit_cpu_seconds=middle(costs["fit_cpu_seconds"]),
        peak_mb=max(costs["peak_rss_mb"], default=math.nan),
    )


def middle(values: Sequence[float]) -> float:
    """The median of sorted values; NaN of none.

    >>> middle([1.0, 2.0, 4.0]), middle([1.0, 2.0])
    (2.0, 1.5)
    """
    half = len(values) // 2
    return (values[half] + values[~half]) / 2 if values else math.nan


def differences(rows: Sequence[Row]) -> tuple[Difference, ...]:
    """Methods beside the reference on the same trained networks, paired by seed and fold; tasks in their order.

    Folds of a seed are averaged first, as in boards, and as there rows of the same key count once, and rows of
    different recipes are never mixed. Rows of a law, of which nothing was trained, have no part in it, nor do rows
    whose network differs from that of the reference.

    Args:
        rows: Of several methods and tasks.
    """
    pairs: dict[tuple[str, str, str, str], list[tuple[Row, float | None]]] = {}
    once, names = counted(rows), task_names(rows)
    there = {}
    for row in once:
        if row["method"] == REFERENCE and not row.get("given") and not row.get("preset"):
            there[network_of(row)] = row
    for row in once:
        beside = there.get(network_of(row), {})
        lead, label = ranked_by(row.get("lead", "")), label_of([row], [])
        own, other = (one.get("metrics", {}).get(lead) for one in (row, beside))
        trained = network_of(row)[-1] not in ("", NO_WEIGHTS) and not row["task"].endswith(LAW)
        if label != REFERENCE and trained and own is not None and other is not None:
            pairs.setdefault((row["task"], row["recipe"], lead, label), []).append((row, own - other))
    found = []
    for (task, recipe, lead, label), some in pairs.items():
        values = over_seeds(some)
        name = names[task, recipe]
        found.append(Difference(name, lead, label, interval_of(values), values, printed(task, lead, label)))
    return tuple(found)


def network_of(row: Row) -> tuple[str, str, int, int, str]:
    """What two rows must share to be of the same network and series."""
    return row["task"], row["recipe"], row["seed"], row["fold"], row.get("model", {}).get("digest", "")


def printed(task: str, metric: str, label: str) -> dict[str, float]:
    """The difference of a method to integrated gradients as papers print it, by source; empty where none does.

    >>> printed("low-var", "auprc", "time-x").popitem()[1]
    -0.0018
    """
    some = [one for one in published(task) if one.metric == metric]
    base = {one.source: one.value for one in some if one.method == "IG"}
    names = PRINTED_AS.get(label, ())
    return {
        one.source: round(one.value - base[one.source], 6) for one in some if one.method in names and one.source in base
    }
