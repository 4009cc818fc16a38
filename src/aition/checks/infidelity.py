"""Infidelity: do the attributions of values that go together add up to what their going costs?"""

from dataclasses import dataclass, field

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray

from aition.checks.curve import interval_of, spread
from aition.checks.finding import CheckVerdict, judged, not_measured, verdict_of
from aition.checks.follow import Follower, embedded
from aition.checks.removing import AT_ONCE, attribution_of, feature_means, removal_orders
from aition.core.axes import check_axes
from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.freeze import frozen
from aition.core.model import Model
from aition.core.progress import Progress, progress_bar
from aition.core.protocol import Padding
from aition.core.target import Target
from aition.impute.filling import DRAWS, Filling, StandIn, check_stand_in
from aition.metrics.interval import Bootstrap
from aition.metrics.ranking import first_fraction

SUMS = "sums of values that go together"
UNIT = "share of the change"


@dataclass(frozen=True, eq=False)
class Sums:
    """What random sets of values are said to bring, and what their removal costs.

    Args:
        said: Sum of the attributions over each set, ``[draw, sample]``.
        cost: How far the score falls when the set is removed, ``[draw, sample]``, in units of the model.
        chance: As ``said``, of the same attributions dealt out anew to the cells of each sample.
        bootstrap: How intervals over the samples are made.
    """

    said: NDArray[np.float64]
    cost: NDArray[np.float64]
    chance: NDArray[np.float64]
    bootstrap: Bootstrap = field(default_factory=Bootstrap)

    def __post_init__(self) -> None:
        check_axes("said", self.said, ("draw", "sample"), {})
        sizes = dict(zip(("draw", "sample"), self.said.shape, strict=True))
        check_axes("cost", self.cost, ("draw", "sample"), sizes)
        check_axes("chance", self.chance, ("draw", "sample"), sizes)
        if len(self.said) < 2:
            raise InputError(f"said must be of two random sets or more, but is of {len(self.said)}")


def infidelity(said: NDArray[np.float64], cost: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean square of the difference between what sets are said to bring and what they cost, ``[sample]``.

    Args:
        said: Sum of the attributions over each set, ``[draw, sample]``, in units of the model.
        cost: How far the score falls without it, ``[draw, sample]``.

    References:
        Yeh et al., "On the (in)fidelity and sensitivity of explanations", NeurIPS 2019, definition 2.1.
    """
    return np.asarray(((said - cost) ** 2).mean(axis=0))


def untold(said: NDArray[np.float64], cost: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the change that no multiple of the attributions tells, ``[sample]``: 0 all is told, 1 nothing.

    It is the infidelity of the best multiple of 0 or more, by the mean square of the cost; so it asks nothing of the
    unit of an attribution, but its sign counts. NaN where nothing changes.

    Args:
        said: As in :func:`infidelity`.
        cost: Likewise.

    >>> said = np.array([[1.0, 1.0], [2.0, 0.0]])
    >>> untold(said, 3 * said).round(6).tolist(), untold(said, said[::-1]).round(6).tolist()
    ([0.0, 0.0], [0.36, 1.0])
    """
    both, own, change = (said * cost).sum(axis=0), (said**2).sum(axis=0), (cost**2).sum(axis=0)
    told = np.maximum(both, 0) ** 2 / np.where(own * change > 0, own * change, 1.0)
    return np.asarray(np.where(change > 0, 1 - np.clip(told, 0, 1), np.nan))


def summed(
    model: Model,
    batch: Batch,
    target: Target,
    attribution: xr.DataArray,
    *,
    baseline: StandIn = feature_means,
    fraction: float = 0.2,
    n_set: int = 20,
    n_draw: int = DRAWS,
    seed: int = 0,
    padding: Padding = "keep",
    bootstrap: Bootstrap = Bootstrap(),  # noqa: B008 - frozen
    progress: Progress = "auto",
) -> Sums:
    """Remove random sets of values, and compare the fall of the score with the sum of their attributions.

    Args:
        model: What was explained.
        batch: The samples.
        target: The question that was asked; one number a sample.
        attribution: A variable of an explanation, with axes sample, time and feature, that says what each value brings,
            with its sign; of sizes and of masks no such sum is promised.
        baseline: What stands in for removed values; the attribution should be against the same.
        fraction: Share of each sample's measured values in a set, in (0, 1].
        n_set: Sets.
        n_draw: Draws of an imputer.
        seed: Of the sets.
        padding: As in :func:`aition.explain`.
        bootstrap: How intervals over the samples are made.
        progress: "auto" shows a bar on a terminal.

    Raises:
        InputError: An argument does not fit the data.
        TargetError: The target is not one number a sample.

    References:
        Yeh et al., "On the (in)fidelity and sensitivity of explanations", NeurIPS 2019 (with removal of random sets as
        the perturbation).
    """
    if not 0 < fraction <= 1 or n_set < 2:
        raise InputError(f"fraction must lie in (0, 1] and n_set be 2 or more, but are {fraction} and {n_set}")
    check_stand_in(baseline, n_draw)
    with frozen(model), progress_bar("random sets", 1 + n_set, progress=progress) as tick:
        given = embedded(model, batch)
        follow = Follower(model, given, target, padding, raw=True)
        tick(1)
        filling = Filling.of(given, baseline, n_draw=n_draw)
        brought = attribution_of(attribution, given)
        there = (given.observed & given.cells).cpu().numpy()
        orders = removal_orders(brought, given, by="value", n_random=n_set + 1, seed=seed)[2:]
        everyone = torch.arange(len(given), device=given.x.device)
        said, cost, chance = [], [], []
        dealt = dealt_out(brought, there, orders[-1])
        for order in orders[:-1]:
            mask = first_fraction(order, fraction)
            removed = torch.from_numpy(mask).to(given.x.device)
            pieces = [filling(rows, {"x": removed[rows]}).x for rows in everyone.split(AT_ONCE)]
            series = torch.cat(pieces).unflatten(0, (-1, filling.n_draw))
            left = np.mean([follow(given.with_x(series[:, draw])) for draw in range(filling.n_draw)], axis=0)
            said.append((brought * mask).sum(axis=(1, 2)))
            chance.append((dealt * mask).sum(axis=(1, 2)))
            cost.append(follow.start - left)
            tick(1)
    return Sums(np.stack(said), np.stack(cost), np.stack(chance), bootstrap)


def dealt_out(values: NDArray[np.float64], there: NDArray[np.bool_], order: NDArray[np.int64]) -> NDArray[np.float64]:
    """The values of each sample on other of its cells, by a random order of these."""
    dealt = np.zeros_like(values)
    for sample in range(len(values)):
        known = values[sample][there[sample]]
        dealt[sample][there[sample]] = known[order[sample][there[sample]]]
    return dealt


def adds_up(found: Sums) -> CheckVerdict:
    """Do the attributions of values that go together tell what their going costs, better than when dealt out anew?

    Args:
        found: What :func:`summed` gave.

    Returns:
        Its figure is by how much more of the change is told than by the same attributions on other cells, sample by
        sample; above 0 passes.
    """
    own, chance = untold(found.said, found.cost), untold(found.chance, found.cost)
    figure = interval_of(found.bootstrap, chance - own)
    if not figure.n_sample:
        return not_measured(SUMS, "nothing changes when values go", 0.0, highest=False, unit=UNIT)
    finding = judged(figure, 0.0, highest=False)
    if finding == "passed" and figure.low == 0:
        finding = "not decided"
    said = {
        "passed": "attributions of values that go together tell what their going costs",
        "alarm": "attributions of values that go together tell less of the cost than when dealt out anew",
    }.get(finding, "whether attributions of values that go together tell what their going costs is open")
    told = 1 - float(np.nanmean(own))
    words = f"{said}: {100 * told:.0f} % of the change, {spread(figure)} more of it than the same ones on other cells"
    return verdict_of(SUMS, finding, words, figure, 0.0, highest=False, unit=UNIT)
