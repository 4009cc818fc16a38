"""Figures of dreams: did they reach what was asked, do they look real, do they differ, are they copies?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.core.realism import are_copies

NEAR, APART = 0.05, 0.02
"""How far from what was aimed at, as a share of it, and how far the classes of a border may be apart."""

LEAST = 1e-3
"""How far it may be at least, in deviations of what real series reach: an aim near 0 has hardly any share."""


@dataclass(frozen=True)
class DreamFigures:
    """What became of the dreams of one objective.

    Args:
        wish: The objective's name.
        reached: The middle of what they reached.
        wanted: What was aimed at; NaN: as much as can be.
        real_most: The most that a real series reaches.
        hit: Share of the dreams within 5 % of what was aimed at, or, of a border, whose classes are at most .02 apart;
            NaN where as much as can be was.
        look_real: Share that looks real to all judges; NaN where nobody judged.
        real_look_real: Share of the real series of the class that do, to judges that did not see them. Few real series
            to be placed among let many look strange: then dreams can do no better.
        diversity: The mean distance between two dreams over that between two real series of the class, in deviations of
            the features, so that their units change nothing.
        copies: Share of the dreams that are nearer to a real series than all but 5 % of the real series to another;
            the one that a change began at, and real series that are there twice, don't count.
    """

    wish: str
    reached: float
    wanted: float
    real_most: float
    hit: float
    look_real: float
    real_look_real: float
    diversity: float
    copies: float

    @property
    def held(self) -> bool:
        """Whether nine in ten dreams hit what was aimed at (or none was), look real, and are no copies."""
        return not (self.hit < 0.9) and self.look_real >= 0.9 and self.copies <= 0.1


def figures_of(dreams: Explanation) -> tuple[DreamFigures, ...]:
    """Figures of every objective.

    Args:
        dreams: What :func:`aition.dream.dream` answered.

    Raises:
        InputError: It holds no dreams.
    """
    if "draw" not in dreams.dims or "real_value" not in dreams:
        raise InputError("dreams must be what aition.dream.dream() answered, but have no axis draw or no real series")
    return tuple(figures_of_wish(dreams, wish) for wish in np.unique(dreams["target_wish"].values).tolist())


def figures_of_wish(dreams: Explanation, wish: int) -> DreamFigures:
    """Figures of one objective."""
    rows = dreams["target_wish"].values == wish
    reached, wanted = dreams["margin"].values[rows], dreams["wanted"].values[rows]
    hit, copies, own = hits(dreams, rows), copied(dreams, rows), beside(dreams, rows)
    unit = deviations_of(dreams["real_value"].values)
    return DreamFigures(
        wish=str(dreams["wish"].values[wish]),
        reached=float(np.median(reached)),
        wanted=float(wanted[0]),
        real_most=float(dreams["real_reached"].values[:, wish].max()),
        hit=float(hit.mean()),
        look_real=float(dreams["looks_real"].values[rows].mean()) if "looks_real" in dreams else np.nan,
        real_look_real=float(dreams["real_looks_real"].values[own].mean()) if "real_looks_real" in dreams else np.nan,
        diversity=apart(dreams["value"].values[rows] / unit)
        / max(apart(dreams["real_value"].values[own] / unit), 1e-12),
        copies=float(copies.mean()),
    )


def hits(dreams: Explanation, rows: NDArray[np.bool_]) -> NDArray[np.float64]:
    """1 where a dream hit what was aimed at or the border, else 0; NaN where as much as can be was aimed at."""
    reached, wanted, gap = (dreams[name].values[rows] for name in ("margin", "wanted", "gap"))
    wish = int(dreams["target_wish"].values[rows][0])
    near = np.maximum(NEAR * np.abs(wanted), LEAST * float(dreams["real_reached"].values[:, wish].std()))
    close = np.where(np.isnan(wanted), np.nan, np.abs(reached - wanted) <= near)
    return np.where(np.isnan(gap), close, gap <= APART)


def copied(dreams: Explanation, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether a dream is a copy, as :func:`~aition.core.realism.are_copies` says."""
    return are_copies(dreams["nearest_distance"].values[rows], dreams["real_distance"].values)


def beside(dreams: Explanation, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which real series are of the class, or of all classes of a border, that some dreams are of, ``[real]``.

    All where there are none.
    """
    sides = dreams["wish_classes"].values[int(dreams["target_wish"].values[rows][0])]
    own = np.isin(dreams["real_label"].values, sides[sides >= 0])
    return own if own.sum() > 1 else np.ones_like(own)


def deviations_of(series: NDArray[np.floating]) -> NDArray[np.floating]:
    """The deviation of each feature over series ``[series, time, feature]``; 1 where it never varies, ``[feature]``."""
    deviation: NDArray[np.floating] = np.nanstd(series, axis=(0, 1), dtype=np.float64)
    return np.where(deviation > 0, deviation, 1.0)


def apart(series: NDArray[np.floating], *, most: int = 400) -> float:
    """The mean root mean squared difference of two series, over the steps that both have; NaN of one alone.

    >>> apart(np.array([[[0.0], [0.0]], [[3.0], [3.0]], [[6.0], [6.0]]]))
    4.0
    """
    some = series[:: -(-len(series) // most) or 1]
    if len(some) < 2:
        return np.nan
    square, count = [], []
    for one in range(len(some) - 1):
        off = (some[one] - some[one + 1 :]) ** 2
        square.append(np.nansum(off, axis=(1, 2)))
        count.append((~np.isnan(off)).sum(axis=(1, 2)))
    total, shared = np.concatenate(square), np.concatenate(count)
    return float(np.sqrt(total[shared > 0] / shared[shared > 0]).mean()) if shared.any() else np.nan
