"""Batches from what a DataLoader yields."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

from aition.core.assemble import from_tensors
from aition.core.batch import Batch, Field
from aition.core.errors import InputError

PARTS = ("lengths", "exists", "observed", "times", "static", "label")


def loader_batch(
    item: Any, *, layout: str = "sample time feature", axes: Mapping[str, tuple[str, ...]] = MappingProxyType({})
) -> Batch:
    """A Batch from a tensor, a tuple ``(x, label)`` or a mapping, as a DataLoader yields them.

    Args:
        item: Values; or values and labels; or a mapping with ``x`` and any of ``lengths``, ``exists``, ``observed``,
            ``times``, ``static`` and ``label``. Other tensors of a mapping become fields with the role ``context``, for
            the model's forward function to read and for ``MarkedCells`` to mark. Token ids may stand for ``x``.
        layout: Order of the axes of ``x``.
        axes: Of such fields, by name, such as ``{"dose": ("sample", "drug")}``. One that is not named has ``time`` and
            ``feature`` where it is as long as the series, which may be by chance.

    Raises:
        InputError: It is something else, or axes are named of a field that it lacks.

    >>> loader_batch([torch.zeros(4, 7, 2), torch.zeros(4, dtype=torch.int64)])
    Batch[sample=4 time=7 feature=2]
    """
    if isinstance(item, Batch):
        return item
    if isinstance(item, Tensor):
        return from_tensors(item, layout=layout)
    if isinstance(item, Mapping):
        if not isinstance(item.get("x"), Tensor):
            raise InputError(f"a mapping must have a tensor 'x', but has {sorted(map(str, item))}; rename its values")
        known = {name: item[name] for name in PARTS if name in item}
        shaped = from_tensors(item["x"], layout=layout, **known)
        if unknown := sorted(set(axes) - set(item)):
            raise InputError(f"axes are of fields of the mapping, but it has no {unknown[0]!r}; it has {sorted(item)}")
        fields = {
            name: Field(value, "context", axes.get(name) or axes_of(value, shaped))
            for name, value in item.items()
            if name not in ("x", *PARTS) and isinstance(value, Tensor)
        }
        return replace(shaped, fields=fields)
    if isinstance(item, Sequence) and len(item) == 2:
        return from_tensors(item[0], layout=layout, label=torch.as_tensor(item[1]))
    size = f" of {len(item)}" if isinstance(item, Sequence) else ""
    raise InputError(
        f"an item must be a tensor, (x, label) or a mapping with 'x', but is {type(item).__name__}{size}; "
        "make a Batch by aition.from_tensors(…)"
    )


def axes_of(value: Tensor, batch: Batch) -> tuple[str, ...]:
    """Names for the axes of a further tensor: ``time`` and ``feature`` where it is as long as the series."""
    known = ("sample", "time", "feature")
    fits = [place < 3 and size == batch.x.shape[place] for place, size in enumerate(value.shape)]
    n_known = fits.index(False) if False in fits else len(fits)
    return tuple(known[place] if place < max(1, n_known) else f"axis{place}" for place in range(value.ndim))
