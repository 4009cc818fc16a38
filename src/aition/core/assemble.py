"""Batches made from one tensor or array."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from aition.core.axes import check_axes
from aition.core.batch import Batch, Field, sample_keys
from aition.core.errors import InputError

Array = Tensor | np.ndarray[Any, Any]
Side = Literal["right", "left"]
PLACES = ("sample", "time", "feature")


def from_tensors(
    x: Array | Sequence[Any],
    *,
    layout: str = "",
    lengths: Array | Sequence[int] | None = None,
    exists: Array | None = None,
    observed: Array | None = None,
    times: Array | None = None,
    static: Array | None = None,
    label: Array | Sequence[Any] | None = None,
    ids: Sequence[Any] | np.ndarray[Any, Any] | None = None,
    fields: Mapping[str, Field] | None = None,
    feature_names: Sequence[str] | None = None,
    static_names: Sequence[str] | None = None,
    time_unit: str = "",
    units: Sequence[str] = (),
    class_names: Sequence[str] = (),
    side: Side = "right",
    fill: float = 0.0,
) -> Batch:
    """A batch from one tensor or array.

    Args:
        x: Values; NaN means not observed.
        layout: Order of the axes, such as ``"sample time feature"`` (taken where nothing is said),
            ``"sample feature time"``, ``"sample time"`` or ``"time feature"``; a left-out axis has size 1. It must be
            stated where time and feature have the same size.
        lengths: Existing steps of each sample, ``[sample]``; instead of ``exists``.
        exists: Which steps are no padding, ``[sample, time]``.
        observed: Which values were measured, in the layout of ``x``; instead of NaN, or beside it.
        times: When, ``[time]`` or ``[sample, time]``, in ``time_unit``.
        static: ``[sample, static]``.
        label: Classes (integers) or values, ``[sample]`` or ``[sample, time]``.
        ids: Different names, one a sample; their position where nothing is said.
        fields: Further inputs of the model.
        feature_names: One a feature; ``f0``, ``f1``, … where nothing is said.
        static_names: One a static column; ``s0``, … where nothing is said.
        time_unit: Unit of ``times``; "step" where nothing is said.
        units: Of the values, one a feature; a model that is trained on the batch refuses others.
        class_names: What the classes are called, from 0; likewise.
        side: Where the padding is, with ``lengths``.
        fill: What stands where nothing was observed, and in the padding, in units of ``x``.

    Raises:
        InputError: Naming the argument, what was expected and what came.

    >>> batch = from_tensors(torch.tensor([[1.0, float("nan"), 3.0]]), layout="sample time")
    >>> batch.observed[0, :, 0].tolist(), batch.x[0, :, 0].tolist()
    ([True, False, True], [1.0, 0.0, 3.0])
    """
    raw = numeric("x", x)
    order = layout_of(layout, raw)
    values = arranged(raw, order)
    if values.shape[1] == 0 or values.shape[2] == 0:
        raise InputError(f"x must have at least one step and one feature, but is {list(values.shape)}")
    n_sample, n_time, n_feature = values.shape
    sizes = {"sample": n_sample, "time": n_time, "feature": n_feature}
    steps = existing(lengths, exists, side, sizes, values.device)
    seen = steps[:, :, None] & ~torch.isnan(values)
    if observed is not None:
        given = numeric("observed", observed)
        if given.shape != raw.shape:
            raise InputError(f"observed must have the shape of x, {list(raw.shape)}, but is {list(given.shape)}")
        seen = seen & arranged(given, order).bool()
    refuse_infinite(values, seen)
    when = torch.arange(n_time, dtype=torch.float64, device=values.device)
    if times is not None:
        when = numeric("times", times).to(values.device, torch.float64)
        check_axes("times", when, ("sample", "time")[2 - when.ndim :] if when.ndim < 3 else ("sample", "time"), sizes)
    when = when.expand(n_sample, n_time)
    if not bool(torch.isfinite(when[steps]).all()):
        raise InputError("times must be finite at every existing step, but hold NaN or Inf; leave such steps out")
    fixed = torch.zeros(n_sample, 0) if static is None else numeric("static", static)
    check_axes("static", fixed, ("sample", "static"), sizes)
    if not bool(torch.isfinite(fixed).all()):
        raise InputError(
            "static must be finite, but holds NaN or Inf; fill it, or add a column that says what is missing"
        )
    names = sample_names(ids, n_sample)
    return Batch(
        x=torch.where(seen, values, torch.full_like(values, fill)),
        exists=steps,
        observed=seen,
        times=when.clone(),
        static=fixed.to(values.device, values.dtype),
        label=labels(label, sizes, values.device),
        ids=names,
        keys=sample_keys(names).to(values.device),
        fields=dict(fields or {}),
        feature_names=tuple(feature_names) if feature_names is not None else tuple(f"f{i}" for i in range(n_feature)),
        static_names=tuple(static_names) if static_names is not None else tuple(f"s{i}" for i in range(fixed.shape[1])),
        time_unit=time_unit or "step",
        units=tuple(units),
        class_names=tuple(class_names),
    )


def numeric(name: str, value: Any) -> Tensor:
    """A tensor of real numbers: integers and bools become float32 where they are values."""
    if hasattr(value, "columns"):
        raise InputError(f"{name} must be a tensor or an array, but is a table; take aition.data.from_frame")
    if isinstance(value, np.ndarray) and value.dtype.kind not in "fiub":
        raise InputError(f"{name} must be numbers, but has dtype {value.dtype}")
    try:
        tensor = value.detach() if isinstance(value, Tensor) else torch.as_tensor(np.asarray(value))
    except (TypeError, ValueError, RuntimeError) as error:
        hint = "; series of unequal lengths go through from_series" if name == "x" else ""
        raise InputError(
            f"{name} must be a tensor or an array of numbers, but is {type(value).__name__}{hint}"
        ) from error
    if tensor.is_complex() or tensor.is_quantized or tensor.is_sparse:
        raise InputError(f"{name} must be dense real numbers, but is {tensor.dtype} ({tensor.layout})")
    return tensor if tensor.is_floating_point() else tensor.to(torch.float32)


def layout_of(layout: str, raw: Tensor) -> tuple[str, ...]:
    """The axes of ``raw`` in order; raises where they can't be told."""
    order = tuple(layout.split()) or PLACES
    if ("time" not in order and "feature" not in order) or set(order) - set(PLACES) or len(set(order)) != len(order):
        raise InputError(f"layout must name 'time' or 'feature' and perhaps 'sample', each once, but is {layout!r}")
    if raw.ndim != len(order):
        remedy = "" if layout else "; name its axes by layout=, such as 'sample time' or 'time feature'"
        raise InputError(f"x must be [{' '.join(order)}], but is {list(raw.shape)}{remedy}")
    if not layout and raw.shape[1] == raw.shape[2] and raw.shape[1] > 1:
        raise InputError(
            f"x is {list(raw.shape)}: time and feature can't be told apart; "
            "state layout='sample time feature' or layout='sample feature time'"
        )
    return order


def arranged(raw: Tensor, order: tuple[str, ...]) -> Tensor:
    """``raw`` as ``[sample, time, feature]``; a left-out axis has size 1."""
    value = raw.permute([order.index(axis) for axis in PLACES if axis in order])
    for place, axis in enumerate(PLACES):
        if axis not in order:
            value = value.unsqueeze(place)
    return value.contiguous()


def existing(
    lengths: Array | Sequence[int] | None,
    exists: Array | None,
    side: Side,
    sizes: Mapping[str, int],
    device: torch.device,
) -> Tensor:
    """Which steps are no padding, ``[sample, time]``."""
    if side not in ("right", "left"):
        raise InputError(f"side must be 'right' or 'left', but is {side!r}")
    if lengths is not None and exists is not None:
        raise InputError("lengths and exists say the same thing: give one of them")
    n_sample, n_time = sizes["sample"], sizes["time"]
    if exists is not None:
        steps = numeric("exists", exists).to(device).bool()
        check_axes("exists", steps, ("sample", "time"), sizes)
        if bool(((steps[:, 1:] != steps[:, :-1]).sum(dim=1) + steps[:, 0].int() + steps[:, -1].int() > 2).any()):
            raise InputError(
                "exists must be one unbroken run of steps a sample; gaps inside a series are observed=False"
            )
    elif lengths is not None:
        count = numeric("lengths", lengths).to(device).long()
        check_axes("lengths", count, ("sample",), sizes)
        if n_sample and (int(count.min()) < 1 or int(count.max()) > n_time):
            raise InputError(f"lengths must be 1 to {n_time}, but are {int(count.min())} to {int(count.max())}")
        step = torch.arange(n_time, device=device)[None]
        steps = step < count[:, None] if side == "right" else step >= n_time - count[:, None]
    else:
        return torch.ones(n_sample, n_time, dtype=torch.bool, device=device)
    if not bool(steps.any(dim=1).all()):
        raise InputError("every sample must have at least one existing step; drop those that have none")
    return steps


def refuse_infinite(values: Tensor, seen: Tensor) -> None:
    """Raise at the first infinite value that counts."""
    bad = torch.isinf(values) & seen
    if bool(bad.any()):
        sample, time, feature = (int(i) for i in bad.nonzero()[0])
        raise InputError(
            f"x must be finite (NaN where not observed), but is {float(values[sample, time, feature])} "
            f"at sample {sample}, time {time}, feature {feature} ({int(bad.sum())} such cells)"
        )


def labels(label: Array | Sequence[Any] | None, sizes: Mapping[str, int], device: torch.device) -> Tensor:
    """Labels as int64 classes (-1: unknown) or as floating values."""
    if label is None:
        return torch.full((sizes["sample"],), -1, dtype=torch.int64, device=device)
    value = label if isinstance(label, Tensor) else torch.as_tensor(np.asarray(label)) if is_numeric(label) else None
    if value is None:
        raise InputError(
            "label must be class numbers or values; turn names into numbers first (np.unique, return_inverse)"
        )
    check_axes("label", value, ("sample", "time")[: max(1, value.ndim)] if value.ndim < 3 else ("sample",), sizes)
    return value.to(device) if value.is_floating_point() else value.to(device, torch.int64)


def is_numeric(value: Any) -> bool:
    """Whether an array of it would hold real numbers."""
    return np.asarray(value).dtype.kind in "fiub"


def sample_names(ids: Sequence[Any] | np.ndarray[Any, Any] | None, n_sample: int) -> np.ndarray[Any, np.dtype[np.str_]]:
    """Different strings, one a sample."""
    names = np.asarray([str(name) for name in (range(n_sample) if ids is None else ids)], dtype=np.str_)
    check_axes("ids", names, ("sample",), {"sample": n_sample})
    if len(set(names.tolist())) != n_sample:
        unique, count = np.unique(names, return_counts=True)
        raise InputError(f"ids must be different, but {str(unique[count > 1][0])!r} comes {int(count.max())} times")
    return names
