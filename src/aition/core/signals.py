"""Signals: the parts of a Batch that an explainer explains, by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.variables import Variables

EXPLAINED = ("signal", "known-future")
"""Roles of further inputs that are explained; masks, ids and context are held fixed."""


@dataclass(frozen=True, eq=False)
class Signal:
    """One part of a Batch that is explained.

    Args:
        value: The tensor, ``[sample, …]``, floating.
        axes: The names of its axes.
        exists: Which of its cells are no padding; broadcasts to ``value``.
    """

    value: Tensor
    axes: tuple[str, ...]
    exists: Tensor


def signals(batch: Batch) -> dict[str, Signal]:
    """What is explained: ``x``, ``static`` where there is any, and floating fields that are a signal or known future.

    >>> from aition.core.assemble import from_tensors
    >>> list(signals(from_tensors(torch.zeros(1, 3, 2), static=torch.zeros(1, 4))))
    ['x', 'static']
    """
    found = {"x": Signal(batch.x, ("sample", "time", "feature"), batch.exists[:, :, None])}
    if batch.static.shape[1]:
        found["static"] = Signal(batch.static, ("sample", "static"), batch.exists.new_ones(1, 1))
    for name, part in batch.fields.items():
        if part.role in EXPLAINED and part.value.is_floating_point():
            if name in ("x", "static"):
                raise InputError(f"a field must not be called {name!r}, which is a part of every batch; rename it")
            found[name] = Signal(part.value, part.axes, existing(part.axes, batch))
    return found


def existing(axes: Sequence[str], batch: Batch) -> Tensor:
    """Which cells of a tensor with these axes are no padding, with size 1 where an axis does not matter."""
    if "time" not in axes:
        return batch.exists.new_ones((1,) * len(axes))
    shape = [len(batch) if axis == "sample" else batch.n_time if axis == "time" else 1 for axis in axes]
    return batch.exists.reshape(shape)


def sheet(value: Tensor, axes: Sequence[str]) -> Tensor:
    """A signal as ``[sample, time, column]``: one step where it has no axis ``time``, all other axes in a row.

    >>> sheet(torch.zeros(2, 5, 3, 4), ("sample", "horizon", "time", "channel")).shape
    torch.Size([2, 3, 20])
    """
    moved = value.movedim(axes.index("time"), 1) if "time" in axes else value.unsqueeze(1)
    return moved.flatten(2) if moved.ndim > 2 else moved.unsqueeze(2)


def unfolded(flat: Tensor, axes: Sequence[str], shape: Sequence[int]) -> Tensor:
    """The inverse of :func:`sheet`: from ``[sample, time, column]`` to the axes of a signal with this shape."""
    sizes = [size for axis, size in zip(axes, shape, strict=True) if axis not in ("sample", "time")]
    if "time" not in axes:
        return flat.reshape(len(flat), *sizes)
    return flat.reshape(*flat.shape[:2], *sizes).movedim(1, axes.index("time"))


def with_signals(batch: Batch, values: Mapping[str, Tensor]) -> Batch:
    """The same samples with other values of the named signals."""
    further = {name: replace(batch.fields[name], value=values[name]) for name in values if name not in ("x", "static")}
    return replace(
        batch,
        x=values.get("x", batch.x),
        static=values.get("static", batch.static),
        fields={**batch.fields, **further},
    )


def answered(batch: Batch, attributions: Mapping[str, Tensor], *, several: bool) -> Variables:
    """Attributions as an explainer answers them: padding 0, named ``attribution`` and ``attribution_<signal>``.

    Args:
        batch: What was explained.
        attributions: By signal, ``[sample, target, …]``; of a signal that is left out nothing is said.
        several: Whether the axis ``target`` is kept; else there is one target.
    """
    answer = {}
    for name, value in attributions.items():
        signal = signals(batch)[name]
        clean = torch.where(signal.exists.unsqueeze(1), value, value.new_zeros(()))
        axes = (signal.axes[0], "target", *signal.axes[1:]) if several else signal.axes
        variable = "attribution" if name == "x" else f"attribution_{name}"
        answer[variable] = (axes, clean if several else clean[:, 0])
    return answer
