"""When a series looks real to its judges, and when it is a copy: one rule for dreams, their pictures and the app."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

LOW, HIGH = 0.5, 99.0
"""Percentiles between which a series looks real. The lower one tells series that are more usual than any real one."""
STEP_BY_STEP = "timing"
"""The judge that measures how near a series is to real ones: a change of one of these is meant to be near to it."""
COPY = 0.05
"""Share of the real series that are nearer to another than a copy is to one."""
TWICE = 1e-4
"""Share of the largest distance to another real series, below which a series is there twice."""


def looks_unreal(
    percentile: NDArray[np.floating[Any]], judges: Sequence[str], *, changed: bool = False
) -> NDArray[np.bool_]:
    """Whether a series lies where real ones don't, to each judge, ``[series, judge]``; not so where it is not known.

    Args:
        percentile: Of its strangeness among real series, ``[series, judge]``, from 0 to 100.
        judges: Their names, ``[judge]``.
        changed: Whether series are changes of real ones. To be near to the one that is changed is what was asked, so
            that the judge who measures just this minds nothing but strange ones.

    >>> looks_unreal(np.array([[0.0, 50.0], [99.5, 0.0]]), ["timing", "spectrum"], changed=True).tolist()
    [[False, False], [True, True]]
    """
    least = np.array([-np.inf if changed and one == STEP_BY_STEP else LOW for one in judges])
    found: NDArray[np.bool_] = (percentile < least) | (percentile > HIGH)
    return found


def are_copies(distance: NDArray[np.floating[Any]], real: NDArray[np.floating[Any]]) -> NDArray[np.bool_]:
    """Whether series are nearer to a real one than all but one in twenty real ones are to another, ``[series]``.

    Real series that are there twice say nothing of how near two may come to each other, and are not asked.

    Args:
        distance: To the nearest real series, ``[series]``.
        real: Of each real series to the nearest other one, ``[real]``.

    >>> are_copies(np.array([0.0, 0.5, 2.0]), np.array([0.0, 0.0, 1.0, 2.0, 3.0])).tolist()
    [True, True, False]
    """
    least = TWICE * real.max(initial=0.0)
    apart = real[real > least]
    near: NDArray[np.bool_] = (distance <= least) | (distance < (np.quantile(apart, COPY) if len(apart) else 0.0))
    return near
