"""Steadiness: how far an explanation moves when next to nothing has changed, and what that means."""

from collections.abc import Sequence
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

NOISE, SEEDS = "stability under noise", "stability over seeds of the explainer"
MOVED = 0.5
"""Of its own size a map may move. An empty map is 1 away, an unrelated one of the same size 1.4."""
ALIKE = 0.5
"""Rank correlation of two seeds' maps below which an alarm is given."""


@dataclass(frozen=True, eq=False)
class Movement:
    """What small noise does to the explanation of each sample, beside how small it was.

    Args:
        moved: Distance of the map from that of the untouched sample, by the latter's size, ``[draw, sample]``; NaN
            where that map is empty.
        shaken: Distance of the values from the untouched ones, by the latter's size, each value in deviations of its
            feature from its mean, ``[draw, sample]``.
        share: Deviation of the noise, in deviations of each feature.
        bootstrap: How intervals over the samples are made.
    """

    moved: NDArray[np.float64]
    shaken: NDArray[np.float64]
    share: float
    bootstrap: Bootstrap = field(default_factory=Bootstrap)

    def __post_init__(self) -> None:
        check_axes("moved", self.moved, ("draw", "sample"), {})
        sizes = dict(zip(("draw", "sample"), self.moved.shape, strict=True))
        check_axes("shaken", self.shaken, ("draw", "sample"), sizes)
        if not len(self.moved):
            raise InputError("moved must hold one draw or more, but holds none")


def worst(movement: Movement) -> NDArray[np.float64]:
    """How far the map moves at most over the draws, ``[sample]``; NaN where it can't be told."""
    return np.asarray(movement.moved.max(axis=0))


def amplified(movement: Movement) -> NDArray[np.float64]:
    """How many times further the map moves than the values do, at most over the draws, ``[sample]``.

    It is 1 for an attribution that is a multiple of the values, and 0 for one that is the same for all samples.

    References:
        Agarwal et al., "Rethinking stability for attribution-based explanations", 2022 (relative input stability;
        theirs divides by each single value, and so by values near 0).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = movement.moved / movement.shaken
    return np.asarray(np.where(movement.shaken > 0, ratio, np.nan).max(axis=0))


def steady(movement: Movement, *, most: float = MOVED) -> CheckVerdict:
    """Does an explanation stay as it is when its sample is all but the same?

    A map that is the same for every sample is perfectly steady, so this check alone says nothing of truth.

    Args:
        movement: What :func:`aition.checks.shaken` gave.
        most: Distance, in sizes of the map, that passes.

    References:
        Yeh et al., "On the (in)fidelity and sensitivity of explanations", NeurIPS 2019 (max-sensitivity).
    """
    figure = interval_of(movement.bootstrap, worst(movement))
    if not figure.n_sample:
        return not_measured(NOISE, "every map is empty", most, highest=True, unit="sizes of the map")
    finding = judged(figure, most, highest=True)
    said = {
        "passed": "the explanation stays as it is under noise that is next to nothing",
        "alarm": "the explanation becomes another one under noise that is next to nothing",
    }.get(finding, "whether the explanation stays as it is under small noise is open")
    drawn = f"{len(movement.moved)} draw{'s' * (len(movement.moved) != 1)}"
    times = amplified(movement)
    more = f", {np.nanmedian(times):.2g} times further than the values" if not np.isnan(times).all() else ""
    words = (
        f"{said}: of {drawn} of {100 * movement.share:g} % of each feature's deviation, the worst "
        f"moves it by {spread(figure)} of its size{more}"
    )
    return verdict_of(NOISE, finding, words, figure, most, highest=True, unit="sizes of the map")


def steady_over_seeds(
    maps: Sequence[xr.DataArray],
    *,
    least: float = ALIKE,
    bootstrap: Bootstrap = Bootstrap(),  # noqa: B008 - frozen
) -> CheckVerdict:
    """Does an explainer that draws say the same when it draws anew?

    Args:
        maps: Attributions of the same samples with different seeds, with the axis sample.
        least: Mean rank correlation of two seeds' maps below which an alarm is given.
        bootstrap: How the interval over the samples is made; seeds are few, and it says nothing of other seeds.

    Raises:
        InputError: There are fewer than two maps, or they are of other samples or cells.
    """
    if len(maps) < 2:
        raise InputError(f"maps of two seeds or more are compared, but there are {len(maps)}")
    with np.errstate(invalid="ignore"):
        same = np.mean([agreement(one, other) for one, other in combinations(maps, 2)], axis=0)
    figure = interval_of(bootstrap, same)
    if not figure.n_sample:
        reason = "a map is the same in all cells of every sample, so there is nothing to rank"
        return not_measured(SEEDS, reason, least, highest=False, unit="rank correlation")
    finding = judged(figure, least, highest=False)
    said = {
        "passed": "other seeds say about the same",
        "alarm": "other seeds say something else",
    }.get(finding, "whether other seeds say the same is open")
    words = f"{said}: maps of two of {len(maps)} seeds are ranked alike by {spread(figure)} (1: the same)"
    return verdict_of(SEEDS, finding, words, figure, least, highest=False, unit="rank correlation")
