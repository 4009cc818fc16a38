"""Batches of events: what happened to each sample, when, and with which value, one position along time an event."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aition.core.assemble import Array, from_tensors, sample_names
from aition.core.axes import check_axes
from aition.core.batch import Batch, Field
from aition.core.errors import InputError

PRESENT, CODE, STEP, VALUE, HAS_VALUE, N_STEP = "present", "code", "step", "event_value", "has_value", "n_step"
"""The only feature of ``x``, and the fields of a batch of events."""
Column = Array | Sequence[Any]
Numbers = np.ndarray[Any, Any]
Scales = Mapping[str, tuple[float, float]]
"""By code, the mean and the deviation of its values."""
ROUNDING = 1e-9
"""A time so little before the end of a step, in steps, lies in the next: 0.3 is three steps of 0.1."""


def from_events(
    sample: Column,
    time: Column,
    code: Column,
    *,
    value: Column | None = None,
    every: float = 1.0,
    n_step: int | Sequence[int] = 0,
    vocabulary: Sequence[str] = (),
    scales: Scales | None = None,
    explain_values: bool = False,
    ids: Sequence[Any] | None = None,
    static: Array | None = None,
    static_names: Sequence[str] | None = None,
    label: Array | Sequence[Any] | None = None,
    time_unit: str = "hour",
    length: int = 0,
) -> Batch:
    """A batch of events from columns with a row an event, in any order.

    Its ``x``, ``[sample, time, 1]``, is the weight of each event's presence, 1, whose absence is 0: what is explained
    is how much it matters that the event happened. Positions along ``time`` are the sample's events by their time,
    then code, then value; padding is on the right. Fields: ``code`` with its vocabulary as ``names``, ``step``,
    ``event_value`` (0 where there is none), ``has_value``, and ``n_step``, the steps of each sample, in which nothing
    need have happened.

    Args:
        sample: Whom it happened to: a name or a number, ``[event]``.
        time: When, from the start of the sample, in ``time_unit``, ``[event]``.
        code: What happened: names, or places in the vocabulary, ``[event]``.
        value: What was measured, ``[event]``; NaN where the event has no value.
        every: Length of a step, in ``time_unit``.
        n_step: Steps of every sample, or of each in the order of ``ids``; 0: up to the last event of each.
        vocabulary: All codes that a model knows, different names; those that come, sorted, where empty.
        scales: Mean and deviation of each code's values, see :func:`event_scales`; they stay as they are where nothing
            is given.
        explain_values: Explain the values too, beside presence: ``event_value`` becomes a signal.
        ids: Names of the samples, in order; as they come where nothing is said.
        static: ``[sample, static]``, in the order of ``ids``.
        static_names: One a static column.
        label: Classes or values, ``[sample]``, in the order of ``ids``.
        time_unit: Unit of ``time`` and ``every``.
        length: Pad to so many events; 0 takes the most that a sample has.

    Raises:
        InputError: Naming the column, what was expected and what came.

    >>> batch = from_events(["b", "a", "a"], [0.5, 2.2, 0.1], ["pulse", "fever", "pulse"], value=[80, float("nan"), 90])
    >>> batch.ids.tolist(), batch.fields["code"].names, batch["code"].tolist(), batch["step"].tolist()
    (['b', 'a'], ('fever', 'pulse'), [[1, 0], [1, 0]], [[0, 0], [0, 2]])
    """
    if ids is None and (static is not None or label is not None or not isinstance(n_step, int)):
        raise InputError("ids must say in which order static, label and n_step name the samples, but are not given")
    sizes = {"event": len(np.asarray(sample))}
    who, names = numbered_samples(column("sample", sample, sizes), ids)
    when = floating("time", time, sizes)
    what, known = numbered_codes(column("code", code, sizes), tuple(map(str, vocabulary)))
    measured = np.full(len(who), np.nan) if value is None else floating("value", value, sizes)
    refuse(np.isinf(measured), "value must be finite, or NaN where an event has none", measured)
    refuse(~(np.isfinite(when) & (when >= 0)), "time must be finite and not before 0, the start of its sample", when)
    if not every > 0:
        raise InputError(f"every must be above 0 {time_unit}s, but is {every}")
    step = np.floor(when / every + ROUNDING).astype(np.int64)
    steps = steps_of(n_step, who, step, n_sample=len(names))
    refuse(step >= steps[who], f"time must lie within the {n_step} steps of its sample", when)
    order = np.lexsort((measured, what, when, who))
    count = np.bincount(who, minlength=len(names))
    if length and length < count.max():
        raise InputError(f"length must be at least the most events of a sample, {count.max()}, but is {length}")
    place = np.arange(len(who)) - np.repeat(np.cumsum(count) - count, count)

    def placed(values: Numbers, dtype: torch.dtype) -> Tensor:
        whole = torch.zeros(len(names), length or int(count.max()), dtype=dtype)
        whole[torch.from_numpy(who[order]), torch.from_numpy(place)] = torch.from_numpy(values[order]).to(dtype)
        return whole

    has, cells = ~np.isnan(measured), ("sample", "time")
    exists = placed(np.ones(len(who)), torch.bool)
    batch = from_tensors(
        exists[:, :, None].float(),
        layout="sample time feature",
        exists=exists,
        times=placed(when, torch.float64),
        static=static,
        static_names=static_names,
        label=label,
        ids=names.tolist(),
        feature_names=(PRESENT,),
        time_unit=time_unit,
        fields={
            CODE: Field(placed(what, torch.int64), "code", cells, known),
            STEP: Field(placed(step, torch.int64), "step", cells),
            VALUE: Field(
                placed(np.where(has, measured, 0), torch.float32), "signal" if explain_values else "context", cells
            ),
            HAS_VALUE: Field(placed(has, torch.bool), "observed", cells),
            N_STEP: Field(torch.from_numpy(steps), "context", ("sample",)),
        },
    )
    return batch if scales is None else scale_events(batch, scales)


def is_events(batch: Batch) -> bool:
    """Whether a batch is a list of events: it has a field with the role "code" and one with the role "step".

    >>> is_events(from_tensors(torch.zeros(1, 2, 3)))
    False
    """
    return {"code", "step"} <= {part.role for part in batch.fields.values()}


def event_scales(batch: Batch) -> dict[str, tuple[float, float]]:
    """Mean and deviation of the values of each code of the vocabulary, such as of training samples, for ``scales=``.

    A code without values gets (0, 1), and one whose values do not differ a deviation of 1.

    >>> batch = from_events([0, 0, 0], [0, 1, 2], ["pulse", "pulse", "fever"], value=[80, 90, float("nan")])
    >>> event_scales(batch)
    {'fever': (0.0, 1.0), 'pulse': (85.0, 5.0)}
    """
    names, has = batch.fields[CODE].names, batch[HAS_VALUE].cpu()
    code, value = batch[CODE].cpu()[has].numpy(), batch[VALUE].cpu()[has].double().numpy()
    count = np.maximum(np.bincount(code, minlength=len(names)), 1)
    mean = np.bincount(code, value, minlength=len(names)) / count
    deviation = np.sqrt(np.bincount(code, (value - mean[code]) ** 2, minlength=len(names)) / count)
    deviation[deviation <= ROUNDING * np.abs(mean)] = 1.0
    return {name: (float(at), float(by)) for name, at, by in zip(names, mean, deviation, strict=True)}


def scale_events(batch: Batch, scales: Scales) -> Batch:
    """The same events with values in deviations from the mean of their code.

    The field of values keeps ``scales``: what was taken off altogether, where values had been scaled before.

    Raises:
        InputError: A code that has values has no scale, or one that is no number above 0.
    """
    names, has = batch.fields[CODE].names, batch[HAS_VALUE]
    valued = np.unique(batch[CODE][has].cpu().numpy()).tolist()
    if unknown := [names[code] for code in valued if names[code] not in scales]:
        raise InputError(
            f"scales must hold every code that has values, but not {listed(unknown)}; (0, 1) leaves values as they are"
        )
    table = torch.tensor([scales.get(name, (0.0, 1.0)) for name in names], dtype=torch.float64)
    bad = ~torch.isfinite(table).all(dim=1) | (table[:, 1] <= 0)
    if bool(bad.any()):
        first = names[int(bad.nonzero()[0])]
        raise InputError(f"scales must be a mean and a deviation above 0, but {first!r} has {scales[first]}")
    mean, deviation = table.to(has.device)[batch[CODE]].unbind(dim=-1)
    value = torch.where(has, (batch[VALUE].double() - mean) / deviation, 0)
    part = batch.fields[VALUE]
    if part.scales:
        before = torch.tensor(part.scales, dtype=torch.float64)
        table = torch.stack([before[:, 0] + before[:, 1] * table[:, 0], before[:, 1] * table[:, 1]], dim=1)
    kept = tuple((float(at), float(by)) for at, by in table.tolist())
    scaled = replace(part, value=value.to(part.value.dtype), scales=kept)
    return replace(batch, fields={**batch.fields, VALUE: scaled})


def column(name: str, values: Column, sizes: Mapping[str, int]) -> Numbers:
    """A column as an array of names or whole numbers."""
    array = np.asarray(values)
    check_axes(name, array, ("event",), sizes)
    if len(array) == 0:
        raise InputError("there must be at least one event, but there is none")
    if array.dtype.kind not in "iuUSO":
        raise InputError(f"{name} must be names or whole numbers, but has dtype {array.dtype}")
    return array


def floating(name: str, values: Column, sizes: Mapping[str, int]) -> Numbers:
    """A column of numbers as float64."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} must be numbers, but is not: {error}") from error
    check_axes(name, array, ("event",), sizes)
    return array


def distinct(name: str, values: Numbers) -> tuple[list[str], Numbers, Numbers]:
    """Different entries of a column, sorted, as strings; where each comes first; and the place of every event's."""
    try:
        unique, first, place = np.unique(values, return_index=True, return_inverse=True)
    except TypeError as error:
        raise InputError(
            f"{name} must be all names or all whole numbers, none missing, but is mixed: {error}"
        ) from error
    return [str(one) for one in unique.tolist()], first, place


def numbered_samples(sample: Numbers, ids: Sequence[Any] | None) -> tuple[Numbers, Numbers]:
    """The place of every event's sample, ``[event]``, and the names of the samples in order."""
    names, first, place = distinct("sample", sample)
    order = [names[i] for i in np.argsort(first)] if ids is None else [str(one) for one in ids]
    whole = sample_names(order, len(order))
    there = {name: position for position, name in enumerate(order)}
    if strange := [name for name in names if name not in there]:
        raise InputError(f"sample must be one of ids, but {len(strange)} are not: {listed(strange)}")
    if idle := sorted(set(order) - set(names), key=order.index):
        raise InputError(
            f"every sample must have at least one event, but {len(idle)} have none: {listed(idle)}; leave them out"
        )
    return np.asarray([there[name] for name in names], dtype=np.int64)[place], whole


def numbered_codes(code: Numbers, vocabulary: tuple[str, ...]) -> tuple[Numbers, tuple[str, ...]]:
    """The place of every event's code in the vocabulary, ``[event]``, and the vocabulary."""
    if len(set(vocabulary)) != len(vocabulary):
        twice = sorted(name for name in set(vocabulary) if vocabulary.count(name) > 1)
        raise InputError(f"vocabulary must be different names, but has twice {listed(twice)}")
    if code.dtype.kind in "iu":
        known = vocabulary or tuple(map(str, range(int(code.max()) + 1)))
        if code.min() < 0 or code.max() >= len(known):
            raise InputError(f"code must be 0 to {len(known) - 1}, but is {code.min()} to {code.max()}")
        return code.astype(np.int64), known
    names, _, place = distinct("code", code)
    known = vocabulary or tuple(names)
    there = {name: position for position, name in enumerate(known)}
    if strange := [name for name in names if name not in there]:
        count = int(np.isin(place, [i for i, name in enumerate(names) if name not in there]).sum())
        raise InputError(
            f"code must be in the vocabulary of {len(known)}, but {count} events have others: {listed(strange)}; leave "
            "them out, or give them a code that is there"
        )
    return np.asarray([there[name] for name in names], dtype=np.int64)[place], known


def steps_of(n_step: int | Sequence[int], who: Numbers, step: Numbers, *, n_sample: int) -> Numbers:
    """Steps of each sample, ``[sample]``."""
    if isinstance(n_step, int) and n_step == 0:
        last = np.zeros(n_sample, dtype=np.int64)
        np.maximum.at(last, who, step)
        return last + 1
    given = np.asarray(n_step)
    if given.ndim:
        check_axes("n_step", given, ("sample",), {"sample": n_sample})
    if given.dtype.kind not in "iu" or given.min() < 1:
        raise InputError(f"n_step must be whole numbers from 1, or 0 for all, but is {n_step}")
    return np.broadcast_to(given, n_sample).astype(np.int64)


def refuse(bad: Numbers, words: str, values: Numbers) -> None:
    """Raise where some event's number is bad."""
    if bad.any():
        first = int(bad.argmax())
        raise InputError(
            f"{words}, but {int(bad.sum())} of {len(bad)} are not; the first is {values[first]} (row {first})"
        )


def listed(names: Sequence[str]) -> str:
    """The first names of many."""
    return ", ".join(map(repr, names[:3])) + (", …" if len(names) > 3 else "")
