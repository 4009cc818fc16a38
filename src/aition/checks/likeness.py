"""Likeness: how like a map of a trained model is to maps of models that never learned, which it should not be."""

from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from aition.checks.curve import interval_of, spread
from aition.checks.finding import CheckVerdict, judged, not_measured, verdict_of
from aition.checks.ranks import agreement
from aition.core.axes import check_axes
from aition.core.errors import InputError
from aition.metrics.interval import Bootstrap

CEILING = 0.9
"""Rank correlation from which two maps are the same to the eye, whatever the models are."""
ROOM = 0.15
"""Rank correlation that chance may bring beyond that of two unlearned models, pairs of which differ by as much."""
UNIT = "rank correlation"


@dataclass(frozen=True, eq=False)
class Likeness:
    """Rank correlations of attributions' magnitudes, sample by sample; NaN where a map ranks nothing.

    Args:
        check: What was taken from the models, as the verdict names it.
        own: Of the trained model's map with that of each unlearned model, ``[model, sample]``.
        among: Of the maps of every two unlearned models, ``[pair, sample]``.
        values: What ``own`` would be if the maps had nothing in common but the sizes of the values: the rank
            correlation of the trained model's map with these times that of the unlearned one's, ``[model, sample]``.
        layers: Names of the layers, the output's first; empty where layers were not looked at one by one.
        cascade: Of the trained model's map with that after so many layers from the output on forgot all,
            ``[layer, sample]``.
        alone: Likewise where this layer alone forgot all, ``[layer, sample]``.
        ceiling: Rank correlation that is too much whatever two unlearned models share.
        room: What is allowed beyond that.
        bootstrap: How intervals over the samples are made.
    """

    check: str
    own: NDArray[np.float64]
    among: NDArray[np.float64]
    values: NDArray[np.float64]
    layers: tuple[str, ...] = ()
    cascade: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 0)))
    alone: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 0)))
    ceiling: float = CEILING
    room: float = ROOM
    bootstrap: Bootstrap = field(default_factory=Bootstrap)

    def __post_init__(self) -> None:
        check_axes("own", self.own, ("model", "sample"), {})
        n_model, n_sample = self.own.shape
        if n_model < 2:
            raise InputError(f"own must be of two unlearned models or more, but is of {n_model}")
        check_axes("among", self.among, ("pair", "sample"), {"pair": n_model * (n_model - 1) // 2, "sample": n_sample})
        check_axes("values", self.values, ("model", "sample"), {"model": n_model, "sample": n_sample})
        if not 0 < self.ceiling <= 1 or not 0 <= self.room <= 1:
            raise InputError(f"ceiling and room must lie within 0 and 1, but are {self.ceiling} and {self.room}")
        if self.layers:
            sizes = {"layer": len(self.layers), "sample": n_sample}
            check_axes("cascade", self.cascade, ("layer", "sample"), sizes)
            check_axes("alone", self.alone, ("layer", "sample"), sizes)


def likeness_of(
    check: str,
    trained: xr.DataArray,
    unlearned: list[xr.DataArray],
    sizes: xr.DataArray,
    *,
    ceiling: float,
    room: float,
    bootstrap: Bootstrap,
) -> Likeness:
    """Compare the map of a trained model with those of unlearned ones, and these with each other.

    Args:
        check: What was taken from the models.
        trained: Attribution of the trained model, with the axis sample.
        unlearned: Attributions of the same samples by two models or more.
        sizes: How far each value is from what is usual.
        ceiling: As in :class:`Likeness`.
        room: Likewise.
        bootstrap: Likewise.
    """
    own = np.stack([agreement(trained, one) for one in unlearned])
    among = np.stack([agreement(one, other) for one, other in combinations(unlearned, 2)])
    shared = agreement(trained, sizes) * np.stack([agreement(one, sizes) for one in unlearned])
    return Likeness(check, own, among, shared, ceiling=ceiling, room=room, bootstrap=bootstrap)


def bound_of(likeness: Likeness) -> float:
    """What a trained model's map may have in common with an unlearned one's.

    Two models that never learned have in common what comes of the architecture, and two maps by slopes times values
    have in common what comes of the values. The bound is the larger of both, and a little room: the mean rank
    correlation of those two unlearned models that are most alike; and what the sizes of the values explain. It is at
    most the ceiling: where any two models have the same map, it does not hang on the model at all.
    """
    rows = [row[~np.isnan(row)] for row in (*likeness.among, likeness.values.ravel())]
    known = [float(row.mean()) for row in rows if row.size]
    return min(likeness.ceiling, max(known) + likeness.room) if known else likeness.ceiling


def like_unlearned(likeness: Likeness) -> CheckVerdict:
    """Is the map of a trained model one that a model without its knowledge would have, too?

    Returns:
        "passed" where it has no more in common with the maps of unlearned models than these have with each other, or
        than the values bring; "alarm" where it has, or where it is the same for any model.

    References:
        Adebayo et al., "Sanity checks for saliency maps", NeurIPS 2018; the bound is ours.
    """
    check, bound = likeness.check, bound_of(likeness)
    there = np.flatnonzero(~np.isnan(likeness.own).all(axis=0))
    if not there.size:
        reason = "a map is the same in all cells of every sample, so there is nothing to rank"
        return not_measured(check, reason, bound, highest=True, unit=UNIT)
    mean = np.full(likeness.own.shape[1], np.nan)
    mean[there] = np.nanmean(likeness.own[:, there], axis=0)
    figure = interval_of(likeness.bootstrap, mean)
    finding = judged(figure, bound, highest=True)
    said = {
        "passed": "the explanation hangs on what the model learned",
        "alarm": "the explanation is much the same for models that learned nothing of it",
    }.get(finding, "whether the explanation hangs on what the model learned is open")
    shared = float(np.nanmean(likeness.among)) if not np.isnan(likeness.among).all() else float("nan")
    by_values = float(np.nanmean(likeness.values)) if not np.isnan(likeness.values).all() else float("nan")
    words = (
        f"{said}: the magnitudes of the trained model and of one with {check} are ranked alike by {spread(figure)} "
        f"(1: the same), those of two such models by {shared:.2f}; the sizes of the values explain {by_values:.2f}"
    )
    return verdict_of(check, finding, words, figure, bound, highest=True, unit=UNIT)
