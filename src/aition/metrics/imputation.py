"""How good imputed values are: whether intervals cover, how near draws come, and whether series can be told apart."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aition.core.axes import check_axes
from aition.core.errors import InputError

LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
FOLDS = 5
"""Parts of the samples, each judged by what was learned on the others."""
RIDGE = 1.0
"""Of the squared coefficients of the classifier, with features in deviations."""


@dataclass(frozen=True, eq=False)
class ImputationQuality:
    """What draws of values that were hidden are worth, beside the values.

    Args:
        level: Nominal shares of intervals, ``[level]``, in (0, 1).
        coverage: Shares of the hidden values that the central intervals of the draws hold, ``[level]``; the same as
            ``level`` where draws are as uncertain as they ought to be.
        coverage_half: Half the width of their 95 % intervals over the samples, ``[level]``.
        energy: Energy score of a sample's hidden cells, over the root of their number, in deviations; less is better,
            and no draws do better on average than those of the true conditional law.
        error: Root of the mean squared error of the mean over draws, in deviations.
        spread: Root of the mean variance of the draws, in deviations; 0: they are all the same.
        discriminability: AUROC of telling imputed series from true ones by their summaries, on samples that were not
            learned from; .5: they can't be told apart.
        n_sample: Samples with a hidden cell.
        n_cell: Hidden cells.
    """

    level: NDArray[np.float64]
    coverage: NDArray[np.float64]
    coverage_half: NDArray[np.float64]
    energy: float
    error: float
    spread: float
    discriminability: float
    n_sample: int
    n_cell: int

    def covered(self, level: float) -> float:
        """The coverage at one of the levels."""
        places = np.flatnonzero(np.isclose(self.level, level))
        if not len(places):
            raise InputError(f"level must be one of {self.level.tolist()}, but is {level}")
        return float(self.coverage[places[0]])


def imputation_quality(
    value: NDArray[np.float64],
    drawn: NDArray[np.float64],
    *,
    hidden: NDArray[np.bool_],
    observed: NDArray[np.bool_],
    chance: NDArray[np.float64],
) -> ImputationQuality:
    """Judge draws of hidden cells.

    Args:
        value: The series, ``[sample, time, feature]``, finite where observed.
        drawn: The same with hidden cells drawn, ``[sample, draw, time, feature]``.
        hidden: Cells that were hidden from the imputer, ``[sample, time, feature]``; all were observed.
        observed: Cells that have a value, ``[sample, time, feature]``.
        chance: Numbers in (0, 1) that decide where a value lies among equal draws, ``[sample, time, feature]``.

    Raises:
        InputError: Shapes do not fit, nothing is hidden, or there are fewer than two draws.

    References:
        Gneiting and Raftery, "Strictly proper scoring rules, prediction, and estimation", Journal of the American
        Statistical Association 102, 2007, section 4.2 (energy score); Czado, Gneiting and Held, "Predictive model
        assessment for count data", Biometrics 65, 2009, section 2 (randomised ranks).
    """
    sizes = dict(zip(("sample", "time", "feature"), value.shape, strict=True))
    for name, part in (("hidden", hidden), ("observed", observed), ("chance", chance)):
        check_axes(name, part, ("sample", "time", "feature"), sizes)
    check_axes("drawn", drawn, ("sample", "draw", "time", "feature"), sizes)
    hidden = hidden & observed
    if drawn.shape[1] < 2 or not hidden.any():
        raise InputError(f"there must be two draws and a hidden cell, but are {drawn.shape[1]} and {int(hidden.sum())}")
    mean = np.array([value[..., place][observed[..., place]].mean() for place in range(value.shape[2])])
    scale = np.array([value[..., place][observed[..., place]].std() for place in range(value.shape[2])])
    scale = np.where(scale > 0, scale, 1.0)
    true, draws = (value - mean) / scale, (drawn - mean) / scale
    rank = (draws < true[:, None]).sum(axis=1) + chance * ((draws == true[:, None]).sum(axis=1) + 1)
    level = np.array(LEVELS)
    inside = np.abs(rank / (drawn.shape[1] + 1) - 0.5)[..., None] <= level / 2
    held = np.flatnonzero(hidden.any(axis=(1, 2)))
    count = hidden.sum(axis=(1, 2))[held]
    per_sample = (inside * hidden[..., None]).sum(axis=(1, 2))[held]
    coverage = per_sample.sum(axis=0) / count.sum()
    gap = (per_sample - count[:, None] * coverage) / count.mean()
    half = 1.96 * np.sqrt((gap**2).mean(axis=0) / max(1, len(held) - 1))
    centre = draws.mean(axis=1)
    return ImputationQuality(
        level=level,
        coverage=coverage,
        coverage_half=half,
        energy=float(np.mean([energy(draws[row][:, hidden[row]], true[row][hidden[row]]) for row in held])),
        error=float(np.sqrt(((centre - true)[hidden] ** 2).mean())),
        spread=float(np.sqrt(draws.var(axis=1, ddof=1)[hidden].mean())),
        discriminability=told_apart(summaries(true[held], observed[held]), summaries(draws[held, 0], observed[held])),
        n_sample=len(held),
        n_cell=int(hidden.sum()),
    )


def energy(draws: NDArray[np.float64], true: NDArray[np.float64]) -> float:
    """The energy score of draws ``[draw, cell]`` of values ``[cell]``, over the root of the number of cells.

    >>> energy(np.array([[0.0], [2.0]]), np.array([1.0]))
    0.0
    """
    n_draw, n_cell = draws.shape
    square = (draws**2).sum(axis=1)
    apart = np.sqrt(np.clip(square[:, None] + square - 2 * draws @ draws.T, 0, None))
    near = np.sqrt(((draws - true) ** 2).sum(axis=1)).mean()
    return float((near - apart.sum() / (2 * n_draw * (n_draw - 1))) / np.sqrt(n_cell))


def summaries(value: NDArray[np.float64], observed: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Means, extremes, changes and products of features over what was observed, ``[sample, summary]``."""
    cells = np.where(observed, value, 0.0)
    count = np.maximum(observed.sum(axis=1), 1)
    near = observed[:, 1:] & observed[:, :-1]
    change = np.where(near, cells[:, 1:] - cells[:, :-1], 0.0)
    steady = np.where(near, cells[:, 1:] * cells[:, :-1], 0.0)
    n_near = np.maximum(near.sum(axis=1), 1)
    along = near[:, 1:] & near[:, :-1]
    bend = np.where(along, change[:, 1:] - change[:, :-1], 0.0)
    any_one = observed.any(axis=1)
    lowest = np.where(any_one, np.where(observed, value, np.inf).min(axis=1), 0.0)
    highest = np.where(any_one, np.where(observed, value, -np.inf).max(axis=1), 0.0)
    first, second = np.triu_indices(value.shape[2], 1)
    both = np.maximum((observed[..., first] & observed[..., second]).sum(axis=1), 1)
    parts = (
        cells.sum(axis=1) / count,
        (cells**2).sum(axis=1) / count,
        lowest,
        highest,
        (change**2).sum(axis=1) / n_near,
        np.abs(change).max(axis=1, initial=0.0),
        steady.sum(axis=1) / n_near,
        (bend**2).sum(axis=1) / np.maximum(along.sum(axis=1), 1),
        (cells[..., first] * cells[..., second]).sum(axis=1) / both,
    )
    joined = np.concatenate(parts, axis=1)
    return np.asarray(np.sign(joined) * np.log1p(np.abs(joined)))


def told_apart(true: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """AUROC, on samples that were left out, of a linear classifier of two sets of features, ``[sample, feature]`` each.

    Both rows of a sample are left out together.
    """
    fold = np.arange(len(true)) % FOLDS
    scores = np.zeros((2, len(true)))
    for part in range(min(FOLDS, len(true))):
        learned = np.concatenate([true[fold != part], other[fold != part]])
        if not len(learned):
            continue
        sign = np.repeat([-1.0, 1.0], len(learned) // 2)
        mean, scale = learned.mean(axis=0), learned.std(axis=0)
        scale = np.where(scale > 1e-12, scale, np.inf)
        rows = (learned - mean) / scale
        slope = np.linalg.solve(rows.T @ rows + RIDGE * np.eye(rows.shape[1]), rows.T @ sign)
        for place, side in enumerate((true, other)):
            scores[place, fold == part] = ((side[fold == part] - mean) / scale) @ slope
    # A score is compared within its fold alone: each has a classifier of its own.
    wins = [ahead(scores[1, fold == part], scores[0, fold == part]) for part in np.unique(fold)]
    return float(np.average(wins, weights=np.bincount(fold)))


def ahead(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """How often one number is above another, ties counting half.

    >>> ahead(np.array([1.0, 3.0]), np.array([1.0, 2.0]))
    0.625
    """
    below = np.sort(other)
    wins = np.searchsorted(below, one, side="left") + np.searchsorted(below, one, side="right")
    return float(wins.mean() / 2 / len(other))
