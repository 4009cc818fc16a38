"""Concord: which of several explanations of the same samples are of one mind."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from aition.checks.curve import interval_of, spread
from aition.checks.finding import CheckVerdict, judged, not_measured, verdict_of
from aition.checks.ranks import agreement
from aition.core.axes import check_axes
from aition.core.errors import InputError
from aition.metrics.interval import Bootstrap

AGREEMENT = "agreement with others"
LEAST = 0.2
"""Rank correlation below which two explanations share less than a twentieth of their ranks' variance."""


@dataclass(frozen=True, eq=False)
class Concord:
    """Rank correlations of the magnitudes of every two explanations.

    Args:
        names: Of the explanations.
        each: ``[explainer, other, sample]``; 1 of an explanation with itself, NaN where a map ranks nothing.
        bootstrap: How intervals over the samples are made.
    """

    names: tuple[str, ...]
    each: NDArray[np.float64]
    bootstrap: Bootstrap = field(default_factory=Bootstrap)

    def __post_init__(self) -> None:
        if len(self) < 2:
            raise InputError(f"explanations must be two or more, but are {len(self)}")
        check_axes(
            "each", self.each, ("explainer", "other", "sample"), dict.fromkeys(("explainer", "other"), len(self))
        )

    def __len__(self) -> int:
        return len(self.names)

    @property
    def mean(self) -> NDArray[np.float64]:
        """Means over the samples that have a value, ``[explainer, other]``."""
        known = ~np.isnan(self.each)
        total, count = np.where(known, self.each, 0.0).sum(axis=2), known.sum(axis=2)
        return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))


def concord(
    attributions: Mapping[str, xr.DataArray],
    *,
    bootstrap: Bootstrap = Bootstrap(),  # noqa: B008 - frozen
) -> Concord:
    """Compare several explanations of the same samples, every two of them.

    Args:
        attributions: By the name of the explainer, with the axis sample; samples are matched by their ids.
        bootstrap: How intervals over the samples are made.

    Raises:
        InputError: There are fewer than two, or they are of other samples or cells.
    """
    if len(attributions) < 2:
        raise InputError(f"explanations must be two or more, but are {len(attributions)}")
    maps = list(attributions.values())
    ids = maps[0].coords["sample"].values
    if any(set(one.coords["sample"].values.tolist()) != set(ids.tolist()) for one in maps):
        raise InputError("attributions must be of the same samples, but their ids differ")
    each = np.ones((len(maps), len(maps), len(ids)))
    for place, one in enumerate(maps):
        for other in range(place):
            each[place, other] = each[other, place] = agreement(maps[other].sel(sample=ids), one)
    return Concord(tuple(attributions), each, bootstrap)


def concordant(found: Concord, *, least: float = LEAST) -> dict[str, CheckVerdict]:
    """Is each explanation of one mind with at least one of the others?

    That two agree does not make them right: both may follow the sizes of the values. That one agrees with none says
    that it, or all others, are wrong.

    Args:
        found: What :func:`concord` gave.
        least: Mean rank correlation with the nearest other explanation that passes.

    Returns:
        A verdict by the name of each explainer.
    """
    mean, verdicts = found.mean, {}
    for place, name in enumerate(found.names):
        others = np.delete(np.arange(len(found)), place)
        known = others[~np.isnan(mean[place, others])]
        if not known.size:
            reason = "a map is the same in all cells of every sample, so there is nothing to rank"
            verdicts[name] = not_measured(AGREEMENT, reason, least, highest=False, unit="rank correlation")
            continue
        nearest = int(known[np.argmax(mean[place, known])])
        figure = interval_of(found.bootstrap, found.each[place, nearest])
        finding = judged(figure, least, highest=False)
        said = {
            "passed": "another explainer says alike",
            "alarm": "no other explainer says alike",
        }.get(finding, "whether another explainer says alike is open")
        words = (
            f"{said}: of {len(known)} the nearest, {found.names[nearest]}, ranks the cells alike by {spread(figure)} "
            "(1: the same)"
        )
        verdicts[name] = verdict_of(AGREEMENT, finding, words, figure, least, highest=False, unit="rank correlation")
    return verdicts
