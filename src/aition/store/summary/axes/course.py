"""What was measured in one sample, beside what a further axis says of it."""

import numpy as np
from numpy.typing import NDArray

from aition.store.stored import StoredRun
from aition.store.summary.axes.reading import along, array_of

Floats = NDArray[np.float64]


def extent(run: StoredRun, position: int) -> tuple[int, int]:
    """The first existing step of a sample, and the step behind its last; all steps where the run does not say."""
    if not along(run, "exists", "sample", "time"):
        return 0, run.sizes.get("time", 0)
    there = np.flatnonzero(array_of(run, "exists", np.array([position]))[0])
    return (int(there[0]), int(there[-1]) + 1) if len(there) else (0, 0)


def course(run: StoredRun, position: int) -> Floats:
    """Values of a sample of series, ``[step, feature]``, from its first existing step; NaN where nothing was measured.

    Where the run holds no values, nothing was measured.
    """
    first, last = extent(run, position)
    if not along(run, "value", "sample", "time", "feature"):
        return np.full((last - first, run.sizes.get("feature", 0)), np.nan)
    own = np.array([position])
    value = array_of(run, "value", own)[0].astype(np.float64)
    if along(run, "observed", "sample", "time", "feature"):
        value = np.where(array_of(run, "observed", own)[0], value, np.nan)
    return np.asarray(value[first:last])
