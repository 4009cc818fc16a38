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
        ``[step]``; ``static``, ``[static]``.

    Raises:
        InputError: The run is of events, whose inputs are not series.
        StoreError: A file of the run was changed.
    """
    if DENSE not in run.tables or run.variables.get("value", ((),))[0] != ("sample", "time", "feature"):
        raise InputError("what-if is for runs of series, but this run is of events; ask a run of series")
    ends = np.cumsum([size for size, _ in run.manifest.shards])
    head = run.head(int(np.searchsorted(ends, position, side="right")))
    times = of_sample(columns(run, head, "sample-time", ["sample", "time", "exists", "times"]), position)
    steps = times["time"][times["exists"].astype(np.bool_)]
    first, n_step = (int(steps.min()), len(steps)) if len(steps) else (0, 0)
    cells = of_sample(columns(run, head, DENSE, ["sample", "time", "feature", "value", "observed"]), position)
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
    return whole


def of_sample(found: dict[str, Array], position: int) -> dict[str, Array]:
    """The rows of one sample."""
    own = found["sample"] == position
    return {name: value[own] for name, value in found.items()}
