"""Answers of a batch of events as sparse rows: one for each event, with its sample, step and code."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from aition.core.batch import Batch
from aition.core.errors import InputError, ProtocolError
from aition.core.explanation import SCALES, Explanation, fill_value

Arrays = dict[str, tuple[tuple[str, ...], np.ndarray[Any, Any]]]
DENSE = ("value", "observed", "exists", "times")
"""Parts of what was explained that become columns of their own."""


def vocabulary(batch: Batch) -> tuple[str, ...]:
    """Names of all codes of a batch of events.

    Raises:
        InputError: Its codes have no names, or not each one.
    """
    codes = next(part for part in batch.fields.values() if part.role == "code")
    largest = int(codes.value.max()) if codes.value.numel() else -1
    if not len(codes.names) > largest:
        raise InputError(
            f"the field of codes must have a name for each of them, but has {len(codes.names)} for codes up to "
            f"{largest}; take from_events(…, vocabulary=…), or Field(…, names=…)"
        )
    return codes.names


def rows_of(answer: Mapping[str, tuple[tuple[str, ...], np.ndarray[Any, Any]]], batch: Batch) -> Arrays:
    """Variables along sample and time as columns with a row an event; the others stay.

    Nothing as wide as the vocabulary is made, and padding has no row.

    Args:
        answer: What was explained and what the explainer says of it, on the CPU, NaN where the asked step does not
            exist.
        batch: The events.

    Returns:
        ``row_sample`` (position in the batch), ``row_time`` (the step), ``row_feature`` (the code), ``row_times``,
        ``row_value`` and ``row_observed`` (where events have values), ``value_mean`` and ``value_deviation``,
        ``[feature]`` (where they were taken off the values of each code), ``n_step``, ``[sample]`` (where the batch
        says how many steps each sample has), and every other variable, ``[row, …]``.
    """
    if batch.n_feature != 1:
        raise InputError(
            f"a batch of events must have one feature, the weight of its presence, but has {batch.n_feature}; explain "
            "events without embedding=, or ids by aition.from_ids"
        )
    exists = batch.exists.cpu().numpy()
    sample, place = exists.nonzero()
    rows: Arrays = {"row_sample": (("row",), sample.astype(np.int32))}
    for role, name, dtype in (("step", "row_time", np.int32), ("code", "row_feature", np.int32)):
        part = next(one for one in batch.fields.values() if one.role == role)
        rows[name] = (("row",), part.value.cpu().numpy()[exists].astype(dtype))
    rows["row_times"] = (("row",), batch.times.cpu().numpy()[exists])
    for field, name in (("event_value", "row_value"), ("has_value", "row_observed")):
        if field in batch.fields:
            value = batch[field].detach().cpu()
            rows[name] = (("row",), (value.float() if value.is_floating_point() else value).numpy()[exists])
    if scales := next((part.scales for part in batch.fields.values() if part.scales), ()):
        rows |= {name: (("feature",), column) for name, column in zip(SCALES, np.array(scales).T, strict=True)}
    if "n_step" in batch.fields and batch.fields["n_step"].axes == ("sample",):
        rows["n_step"] = (("sample",), batch["n_step"].cpu().numpy().astype(np.int32))
    for name, (axes, array) in answer.items():
        if name in rows or axes[:1] == ("row",):
            raise ProtocolError(
                f"{name} is for the driver to answer: it lists events itself, so answer [sample time feature]"
            )
        if axes[:1] != ("sample",) or "time" not in axes:
            rows[name] = (axes, array)
        elif name not in DENSE:
            further = tuple(axis for axis in axes if axis not in ("sample", "time", "feature"))
            cells = np.moveaxis(array, axes.index("time"), 1)[sample, place]
            left = tuple(axis for axis in axes if axis not in ("sample", "time"))
            cells = cells.squeeze(left.index("feature") + 1) if "feature" in left else cells
            rows[f"row_{name}" if name == "label" else name] = (("row", *further), cells)
    return rows


def event_cells(answer: Explanation, batch: Batch, *, variable: str = "attribution") -> xr.DataArray:
    """A column of an explanation of events laid out as the batch is, for checks and metrics of cells.

    Args:
        answer: The explanation of ``batch``, or of more samples.
        batch: The events.
        variable: A variable with the axis ``row`` alone, or ``row`` and ``target``.

    Returns:
        ``[sample, time, feature=1]``, with ``target`` behind ``sample`` where there are several; the fill value (NaN)
        in the padding.

    Raises:
        InputError: The variable has no rows, or not those of these samples.
    """
    if variable not in answer or answer[variable].dims not in (("row",), ("row", "target")):
        raise InputError(
            f"{variable} must be a variable of an explanation with axes row, or row and target, but is not"
        )
    places = {str(name): place for place, name in enumerate(answer["sample"].values.tolist())}
    if strange := [str(name) for name in batch.ids if str(name) not in places]:
        raise InputError(f"the explanation has no sample {strange[0]!r}")
    rows, exists = answer["row_sample"].values, batch.exists.cpu().numpy()
    count, first = np.bincount(rows, minlength=len(places)), np.searchsorted(rows, np.arange(len(places)))
    own = np.array([places[str(name)] for name in batch.ids], dtype=np.int64)
    if not np.array_equal(count[own], exists.sum(axis=1)):
        raise InputError("the explanation must have a row for each event of the batch, but has others: give its batch")
    sample, place = exists.nonzero()
    values = answer[variable].values[first[own][sample] + (place - exists.argmax(axis=1)[sample])]
    whole = np.full((*exists.shape, 1, *values.shape[1:]), fill_value(values.dtype), dtype=values.dtype)
    whole[sample, place, 0] = values
    if values.ndim > 1:
        whole = np.moveaxis(whole, 3, 1)
    axes = ("sample", *(("target",) if values.ndim > 1 else ()), "time", "feature")
    coords = {"sample": batch.ids, "feature": list(batch.feature_names)}
    return xr.DataArray(whole, coords, axes, name=variable)
