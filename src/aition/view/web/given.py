"""Given: what the model was given of one sample, as the run holds it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.store.cube.rows import DENSE, columns
from aition.store.stored import StoredRun

Array = NDArray[Any]


def given(run: StoredRun, position: int) -> dict[str, Array]:
    """The inputs of a sample from its first existing step to its last.

    Args:
        run: What was stored, of series.
        position: Of the sample in the run.

    Returns:
        ``x``, with what stands where nothing was measured, and ``observed``, both ``[step, feature]``; ``times``,
        ``[step]``; ``static``, ``[static]``; ``carried`` and ``stand_in``, ``[feature]``, as :func:`standing` tells
        them of the sample and those stored beside it.

    Raises:
        InputError: The run is of events, whose inputs are not series.
        StoreError: A file of the run was changed.
    """
    if DENSE not in run.tables or run.variables.get("value", ((),))[0] != ("sample", "time", "feature"):
        raise InputError("what-if is for runs of series, but this run is of events; ask a run of series")
    ends = np.cumsum([size for size, _ in run.manifest.shards])
    head = run.head(int(np.searchsorted(ends, position, side="right")))
    course = columns(run, head, "sample-time", ["sample", "time", "exists", "times"])
    times = of_sample(course, position)
    steps = times["time"][times["exists"].astype(np.bool_)]
    first, n_step = (int(steps.min()), len(steps)) if len(steps) else (0, 0)
    everyone = columns(run, head, DENSE, ["sample", "time", "feature", "value", "observed"])
    cells = of_sample(everyone, position)
    whole = {
        "x": np.zeros((n_step, run.sizes["feature"]), dtype="f4"),
        "observed": np.zeros((n_step, run.sizes["feature"]), dtype="u1"),
        "times": np.zeros(n_step, dtype="f8"),
        "static": np.zeros(run.sizes.get("static", 0), dtype="f4"),
    }
    own = np.isin(cells["time"], steps)
    place = cells["time"][own] - first, cells["feature"][own]
    whole["x"][place] = cells["value"][own]
    whole["observed"][place] = cells["observed"][own]
    whole["times"][steps - first] = times["times"][times["exists"].astype(np.bool_)]
    if "static_value" in run.variables:
        fixed = of_sample(columns(run, head, "sample-static", ["sample", "static", "static_value"]), position)
        whole["static"][fixed["static"]] = fixed["static_value"]
    shape = head.n_lead, head.layout.sizes["time"], head.layout.sizes["feature"]
    places = everyone["sample"] - head.first, everyone["time"], everyone["feature"]
    value, seen, exists = np.zeros(shape, dtype="f4"), np.zeros(shape, dtype=np.bool_), np.zeros(shape[:2], np.bool_)
    value[places], seen[places] = everyone["value"], everyone["observed"]
    exists[course["sample"] - head.first, course["time"]] = course["exists"]
    carried, stand_in = standing(value, seen, exists, own=position - head.first)
    return {**whole, "carried": carried.astype("u1"), "stand_in": stand_in}


def standing(value: Array, seen: Array, exists: Array, *, own: int) -> tuple[Array, Array]:
    """What a model is given where a feature was not measured, as sequences tell that were stored.

    Args:
        value: Inputs, ``[sample, time, feature]``.
        seen: Which of them were measured, likewise.
        exists: Steps that there are, ``[sample, time]``.
        own: The sample that is asked about.

    Returns:
        Whether the value before is carried forward, ``[feature]``; and what stands for a value else, or, of those that
        are carried, for one that has none before it, ``[feature]``, NaN where nothing tells. What stands in all samples
        counts before what stands in this one alone.

    >>> value = np.array([[80.0, 82.0], [81.0, -1.0]])[..., None]
    >>> standing(value, value > 0, np.ones((2, 2), dtype=bool), own=0)
    (array([False]), array([-1.]))
    """
    missing = ~seen & exists[..., None]
    later = missing[:, 1:] & exists[:, :-1, None]
    held = value[:, 1:] == value[:, :-1]
    carried = (later & seen[:, :-1]).any(axis=(0, 1)) & ~(later & ~held).any(axis=(0, 1))
    begins = missing.copy()
    begins[:, 1:] &= ~exists[:, :-1, None]
    telling = np.where(carried, begins, missing)
    everywhere, here = alone(value, telling), alone(value[own : own + 1], telling[own : own + 1])
    return carried, np.where(np.isnan(everywhere), here, everywhere)


def alone(value: Array, telling: Array) -> Array:
    """The one value that each feature has where it tells, ``[feature]``; NaN where it has none or several."""
    low = np.where(telling, value, np.inf).min(axis=(0, 1), initial=np.inf)
    high = np.where(telling, value, -np.inf).max(axis=(0, 1), initial=-np.inf)
    return np.where(low == high, low, np.nan)


def of_sample(found: dict[str, Array], position: int) -> dict[str, Array]:
    """The rows of one sample."""
    own = found["sample"] == position
    return {name: value[own] for name, value in found.items()}
