"""What a model leans on by an explainer: shares of regions, and what their removal costs."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from aition.checks.curve import interval_of
from aition.checks.follow import Follower, embedded
from aition.checks.leant import Leaning, Place
from aition.checks.places import Region, Shares, by_feature, by_stretch, dense_regions
from aition.checks.removing import removal_orders, without
from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.core.freeze import frozen
from aition.core.model import Model
from aition.core.protocol import Padding
from aition.core.target import Target
from aition.impute.filling import DRAWS, Filling, StandIn
from aition.metrics.interval import Bootstrap

MOST = 3
"""Places that nobody suspected, of which the costs are measured."""


def leaning_on(
    seen: Explanation,
    fresh: Explanation,
    model: Model,
    batch: Batch,
    target: Target,
    stand_ins: Mapping[str, StandIn],
    *,
    suspects: Sequence[Region] = (),
    n_draw: int = DRAWS,
    n_random: int = 5,
    seed: int = 0,
    padding: Padding = "keep",
    bootstrap: Bootstrap = Bootstrap(),  # noqa: B008 - frozen
) -> Leaning:
    """Tell which features and steps hold the attribution, and whether the model leans on a fixed place.

    A place is a run of steps of one feature, the same in all samples. It is found on some samples and measured on
    others, so that it does not look larger for having been picked.

    Args:
        seen: The explanation of some samples, among which places are found.
        fresh: That of other samples, of which all figures are.
        model: What is explained.
        batch: The samples of ``fresh``.
        target: The question that was asked.
        stand_ins: What stands in place of removed cells, by name.
        suspects: Regions to measure besides.
        n_draw: Draws of an imputer.
        n_random: Draws of random cells to compare with.
        seed: Of the random cells.
        padding: As in :func:`aition.explain`.
        bootstrap: How intervals over the samples are made.

    Raises:
        InputError: A suspected feature or step is not there.
    """
    before, shares = shares_of(seen), shares_of(fresh)
    check_suspects(suspects, shares.names, shares.share.shape[1])
    regions = [(one, True) for one in suspects] + [
        (one, False) for one in dense_regions(before)[:MOST] if one not in suspects
    ]
    places = []
    for region, suspected in regions:
        costs, unit = costs_of(
            region, shares.names, model, batch, target, stand_ins,
            n_draw=n_draw, n_random=n_random, seed=seed, padding=padding,
        )  # fmt: skip
        parts = tuple((name, interval_of(bootstrap, cost)) for name, cost in costs.items())
        places.append(Place(region, suspected, shares.inside(region), parts, unit))
    return Leaning(by_feature(shares), by_stretch(shares), tuple(places))


def check_suspects(suspects: Sequence[Region], names: tuple[str, ...], n_time: int) -> None:
    """Raise unless every suspected region is there.

    Args:
        suspects: The regions.
        names: Of the features.
        n_time: Steps of the longest sample.
    """
    for one in suspects:
        if one.feature not in names:
            raise InputError(f"a suspect must be a feature, {', '.join(names)}, but is {one.feature!r}")
        if one.first < 0 or max(one.first, one.last) >= n_time or (0 <= one.last < one.first):
            raise InputError(f"steps of a suspect must rise and lie within 0 and {n_time - 1}, but are those of {one}")


def shares_of(explanation: Explanation) -> Shares:
    """Shares of the attribution of an explanation."""
    attribution: Any = explanation["attribution"]
    return Shares.of(attribution, explanation["exists"].values)


def costs_of(
    region: Region,
    names: tuple[str, ...],
    model: Model,
    batch: Batch,
    target: Target,
    stand_ins: Mapping[str, StandIn],
    *,
    n_draw: int,
    n_random: int,
    seed: int,
    padding: Padding,
) -> tuple[dict[str, NDArray[np.float64]], str]:
    """By how much removing a region changes the answer beyond as many random cells, ``[sample]`` by replacement.

    Changes count in either direction: of a value, a marker may push some samples up and others down. With them comes
    their unit.

    Only cells that were measured are removed, as everywhere; a sample that measured none of the region is NaN.
    """
    with frozen(model):
        given = embedded(model, batch)
        follow = Follower(model, given, target, padding)
        removable = (given.observed & given.cells).cpu().numpy()
        cells = region.cells(given.exists.cpu().numpy(), names) & removable
        count = cells.sum(axis=(1, 2))
        orders = removal_orders(np.zeros(cells.shape), given, by="value", n_random=n_random, seed=seed)[2:]
        costs = {}
        for name, stand_in in stand_ins.items():
            filling = Filling.of(given, stand_in, n_draw=n_draw)
            masks = [cells, *((one >= 0) & (one < count[:, None, None]) for one in orders)]
            said = [without(follow, filling, torch.from_numpy(one).to(given.x.device)) for one in masks]
            lone, *chance = np.abs(np.stack(said) - follow.start)
            costs[name] = np.where(count > 0, lone - np.mean(chance, axis=0), np.nan)
    return costs, "score" if follow.link == "score" else "probability"
