"""Changed events: a sample's list of events after edits, as a model is given it, and what is said of it as cells."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from aition.core.assemble import from_tensors
from aition.core.batch import Batch, Field, Role
from aition.core.errors import InputError
from aition.core.events import CODE, HAS_VALUE, N_STEP, PRESENT, STEP, VALUE
from aition.core.explanation import SCALES, Explanation
from aition.store.summary.sequence import cells_of_events

LISTS = ("code", "step", "times", "value", "has_value")
"""What is known of each event."""

Array = NDArray[Any]
Arrays = Mapping[str, Array]


def batch_of_events(meta: Mapping[str, Any], arrays: Arrays) -> Batch:
    """The sample as the model is given it.

    Args:
        meta: ``id``; names of codes and statics; ``values_explained``; ``attrs`` of the run.
        arrays: ``code``, ``step``, ``times``, ``value`` and ``has_value``, ``[event]`` each; ``n_step``, ``[1]``;
            ``mean`` and ``deviation``, ``[code]``, or of width 0; ``static``.
    """
    cells = ("sample", "time")
    there = torch.ones(1, len(arrays["code"]), dtype=torch.bool)
    tensors = {name: torch.from_numpy(np.array(arrays[name]))[None] for name in LISTS}
    scales = tuple(zip(arrays["mean"].tolist(), arrays["deviation"].tolist(), strict=True))
    role: Role = "signal" if meta["values_explained"] else "context"
    return from_tensors(
        there[:, :, None].float(),
        layout="sample time feature",
        exists=there,
        times=tensors["times"].double(),
        static=torch.from_numpy(arrays["static"].astype(np.float32))[None] if meta["static_names"] else None,
        static_names=meta["static_names"] or None,
        ids=[meta["id"]],
        feature_names=(PRESENT,),
        time_unit=meta["attrs"].get("time_unit", ""),
        fields={
            CODE: Field(tensors["code"].long(), "code", cells, tuple(meta["feature_names"])),
            STEP: Field(tensors["step"].long(), "step", cells),
            VALUE: Field(tensors["value"].float(), role, cells, scales=scales),
            HAS_VALUE: Field(tensors["has_value"].bool(), "observed", cells),
            N_STEP: Field(torch.from_numpy(arrays["n_step"].astype(np.int64)), "context", ("sample",)),
        },
    )


def edited_events(arrays: Arrays, edits: Sequence[Mapping[str, Any]]) -> dict[str, Array]:
    """A list of events after edits, in turn.

    A value is given to all events of the code within the span; where there is none, one is added in the middle of the
    span's first step. None takes all of them away, and "present" leaves them without a value.

    Args:
        arrays: As :func:`batch_of_events` takes them.
        edits: Each with feature (the code), first, last and value, in the units of the records.

    Raises:
        InputError: No event is left.
    """
    lists: dict[str, Array] = {name: arrays[name].copy() for name in LISTS}
    long = length_of_step(arrays["times"], arrays["step"])
    for edit in edits:
        code, value = edit["feature"], edit["value"]
        own = (lists["code"] == code) & (edit["first"] <= lists["step"]) & (lists["step"] <= edit["last"])
        if value is None:
            lists = {name: column[~own] for name, column in lists.items()}
            continue
        if not own.any():
            when = (edit["first"] + 0.5) * long
            at = int(np.searchsorted(lists["times"], when, side="right"))
            event = {"code": code, "step": edit["first"], "times": when, "value": 0, "has_value": 0}
            lists = {name: np.insert(column, at, event[name]) for name, column in lists.items()}
            own = np.arange(len(lists["code"])) == at
        measured = not isinstance(value, str)
        lists["has_value"][own] = measured
        lists["value"][own] = in_deviations(arrays, code, value) if measured else 0
    if not len(lists["code"]):
        raise InputError("an event must be left, but the edits take away all; leave one, or add one")
    return {**arrays, **lists}


def in_deviations(arrays: Arrays, code: int, value: float) -> float:
    """A value in the units of the records as the model reads it."""
    if not len(arrays["mean"]):
        return value
    return float((value - arrays["mean"][code]) / arrays["deviation"][code])


def length_of_step(times: Array, step: Array) -> float:
    """How long a step is, as a sample's events tell: 1 where that may be, else the longest that may be.

    >>> length_of_step(np.array([0.2, 1.7]), np.array([0, 1])), length_of_step(np.array([5.0, 9.0]), np.array([1, 2]))
    (1.0, 4.5)
    """
    if not len(step):
        return 1.0
    least = float((times / (step + 1)).max())
    later = step > 0
    most = float((times[later] / step[later]).min()) if later.any() else np.inf
    if least <= 1 <= most:
        return 1.0
    return most if np.isfinite(most) else least


def cells_after(one: Explanation, *, feature: Array, n_step: int) -> dict[str, Array]:
    """What is said of each event as cells, ``[step, feature]``, as a sequence of the run is shown.

    Args:
        one: The explanation of the events.
        feature: Codes of the columns, ascending, ``[feature]``; all that happen are among them.
        n_step: Steps that are shown; all events lie within.
    """
    step, code = one["row_time"].values.astype(np.int64), one["row_feature"].values
    value = np.where(one["row_observed"].values, one["row_value"].values, np.nan).astype(np.float64)
    if set(SCALES) <= set(one.data_vars):
        mean, deviation = (one[name].values for name in SCALES)
        value = mean[code] + deviation[code] * value
    cell = step * len(feature) + np.searchsorted(feature, code)
    found = cells_of_events(cell, value, one["attribution"].values, shape=(n_step, len(feature)))
    return {name: array.astype("f4") for name, array in zip(("value", "attribution"), found, strict=True)}
