"""Batches in succession as one."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from aition.core.batch import LATER, Batch
from aition.core.errors import InputError


def joined(batches: Sequence[Batch]) -> Batch:
    """The samples of several batches as one batch; shorter ones are padded on the right.

    Raises:
        InputError: There is none, or they differ in features, statics, fields, or their labels' kind.

    >>> from aition.core.assemble import from_tensors
    >>> long, short = (from_tensors(torch.ones(1, n, 1), ids=[n]) for n in (3, 2))
    >>> joined([long, short]).exists.tolist()
    [[True, True, True], [True, True, False]]
    """
    if not batches:
        raise InputError("batches must be at least one, but there is none")
    first = batches[0]
    for name in ("feature_names", "static_names", "time_unit", *LATER):
        if differing := [getattr(one, name) for one in batches if getattr(one, name) != getattr(first, name)]:
            raise InputError(f"{name} of joined batches must be {getattr(first, name)}, but are {differing[0]} too")
    if any(kinds(one) != kinds(first) for one in batches):
        raise InputError(
            "joined batches must have labels and fields of the same kinds, names and scales, but they differ"
        )
    longest = max(one.n_time for one in batches)

    def whole(parts: Sequence[Tensor], axes: Sequence[str]) -> Tensor:
        if "time" not in axes:
            return torch.cat(list(parts))
        place = axes.index("time")
        after = len(axes) - 1 - place
        return torch.cat([pad(part, (0, 0) * after + (0, longest - part.shape[place])) for part in parts])

    return Batch(
        x=whole([one.x for one in batches], ("sample", "time", "feature")),
        exists=whole([one.exists for one in batches], ("sample", "time")),
        observed=whole([one.observed for one in batches], ("sample", "time", "feature")),
        times=whole([one.times for one in batches], ("sample", "time")),
        static=torch.cat([one.static for one in batches]),
        label=whole([one.label for one in batches], ("sample", "time")[: first.label.ndim]),
        ids=np.concatenate([one.ids for one in batches]),
        keys=torch.cat([one.keys for one in batches]),
        fields={
            name: replace(part, value=whole([one.fields[name].value for one in batches], part.axes))
            for name, part in first.fields.items()
        },
        feature_names=first.feature_names,
        static_names=first.static_names,
        time_unit=first.time_unit,
        **{name: getattr(first, name) for name in LATER},
    )


def kinds(batch: Batch) -> tuple[object, ...]:
    """What must be the same in batches that are joined, beside names."""
    fields = sorted(
        (name, part.role, part.axes, str(part.value.dtype), part.names, part.scales)
        for name, part in batch.fields.items()
    )
    return batch.label.dtype, batch.label.ndim, fields
