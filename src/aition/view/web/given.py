"""Given: what the model was given of one sample, as the run holds it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.core.explanation import SCALES
from aition.store.cube.rows import DENSE, EVENTS, columns
from aition.store.cube.samples import WINDOW
from aition.store.shards import SHARED, Head
from aition.store.stored import StoredRun
from aition.store.summary.sequence import columns_at, rows_at

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
        InputError: The run holds no series.
        StoreError: A file of the run was changed.
    """
    if DENSE not in run.tables or run.variables.get("value", ((),))[0] != ("sample", "time", "feature"):
        raise InputError("what-if is for runs of series or of events, but this run holds neither; ask another run")
    head = head_of(run, position)
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
        "static": static_of(run, head, position),
    }
    own = np.isin(cells["time"], steps)
    place = cells["time"][own] - first, cells["feature"][own]
    whole["x"][place] = cells["value"][own]
    whole["observed"][place] = cells["observed"][own]
    whole["times"][steps - first] = times["times"][times["exists"].astype(np.bool_)]
    shape = head.n_lead, head.layout.sizes["time"], head.layout.sizes["feature"]
    places = everyone["sample"] - head.first, everyone["time"], everyone["feature"]
    value, seen, exists = np.zeros(shape, dtype="f4"), np.zeros(shape, dtype=np.bool_), np.zeros(shape[:2], np.bool_)
    value[places], seen[places] = everyone["value"], everyone["observed"]
    exists[course["sample"] - head.first, course["time"]] = course["exists"]
    carried, stand_in = standing(value, seen, exists, own=position - head.first)
    return {**whole, "carried": carried.astype("u1"), "stand_in": stand_in}


def given_events(run: StoredRun, position: int) -> dict[str, Array]:
    """The inputs of a sample of a run of events.

    Args:
        run: What was stored, of events.
        position: Of the sample in the run.

    Returns:
        ``code``, ``step``, ``times``, ``value``, as the model was given it, and ``has_value``, ``[event]`` each;
        ``n_step``, ``[1]``; ``mean`` and ``deviation``, what was taken off the values of each code, ``[code]``, or of
        width 0 where nothing was; ``static``, ``[static]``. Where the run does not say how many steps the sample has,
        it ends with its last event.

    Raises:
        StoreError: A file of the run was changed.
    """
    head = head_of(run, position)
    with_value = "row_value" in run.variables
    names = ["row_feature", "row_time", "row_times", *(["row_value", "row_observed"] if with_value else [])]
    found = rows_at(run, head, EVENTS, "row_sample", position, names)
    step = found["row_time"].astype("i4")
    n_step = int(step.max(initial=0)) + 1
    if run.variables.get(WINDOW, ((),))[0] == ("sample",):
        n_step = int(rows_at(run, head, "sample", "sample", position, [WINDOW])[WINDOW][0])
    scales = np.zeros((2, run.sizes["feature"] if set(SCALES) <= set(run.variables) else 0))
    if scales.shape[1]:
        shared = columns_at(run, run.head(SHARED), "feature", ["feature", *SCALES])
        scales[:, shared["feature"]] = [shared[name] for name in SCALES]
    return {
        "code": found["row_feature"].astype("i4"),
        "step": step,
        "times": found["row_times"].astype("f8"),
        "value": found["row_value"].astype("f4") if with_value else np.zeros(len(step), dtype="f4"),
        "has_value": found["row_observed"].astype("u1") if with_value else np.zeros(len(step), dtype="u1"),
        "n_step": np.array([n_step], dtype="i4"),
        "mean": scales[0],
        "deviation": scales[1],
        "static": static_of(run, head, position),
    }


def head_of(run: StoredRun, position: int) -> Head:
    """What is known of the shard that holds a sample."""
    ends = np.cumsum([size for size, _ in run.manifest.shards])
    return run.head(int(np.searchsorted(ends, position, side="right")))


def static_of(run: StoredRun, head: Head, position: int) -> Array:
    """Static values of a sample, ``[static]``; of width 0 where the run has none."""
    whole = np.zeros(run.sizes.get("static", 0), dtype="f4")
    if "static_value" in run.variables:
        fixed = of_sample(columns(run, head, "sample-static", ["sample", "static", "static_value"]), position)
        whole[fixed["static"]] = fixed["static_value"]
    return whole


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
