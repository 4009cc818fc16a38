"""What counted most in a stored run: features and steps, overall and by class, read shard by shard."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.core.explanation import Explanation

Array = NDArray[np.float64]
CELLS = ("sample", "time", "feature")


@dataclass(frozen=True, eq=False)
class Counted:
    """Sums of ``|attribution|`` over the existing cells of some samples.

    Args:
        total: ``[time, feature]``.
        cells: How many cells were summed, ``[time, feature]``.
        n_sample: Samples.
    """

    total: Array
    cells: Array
    n_sample: int

    def __add__(self, other: "Counted") -> "Counted":
        return Counted(self.total + other.total, self.cells + other.cells, self.n_sample + other.n_sample)

    def mean(self, axis: str) -> Array:
        """Mean of ``|attribution|`` of each ``time`` or ``feature``; NaN where there is no cell."""
        other = 1 - CELLS[1:].index(axis)
        cells = self.cells.sum(axis=other)
        return np.where(cells > 0, self.total.sum(axis=other) / np.maximum(cells, 1), np.nan)

    def share(self, axis: str) -> Array:
        """Share of each ``time`` or ``feature`` in the sum of ``|attribution|``, in [0, 1]."""
        total = self.total.sum(axis=1 - CELLS[1:].index(axis))
        return total / total.sum() if total.sum() > 0 else np.zeros_like(total)


def counted_by_class(parts: Iterable[Explanation], *, target: int) -> tuple[Counted, Mapping[int, Counted]]:
    """What counted in all samples, and in those of each explained class.

    Args:
        parts: An explanation, shard by shard.
        target: Which of several targets.

    Returns:
        All samples; and by class, empty where no single class was asked for.

    Raises:
        InputError: There is no attribution of cells, or no such target.
    """
    whole: list[Counted] = []
    classes: dict[int, Counted] = {}
    for part in parts:
        size = np.abs(cells_of(part, target=target))
        whole = [sum(whole[1:], whole[0]) + counted(size)] if whole else [counted(size)]
        if "target_class" not in part:
            continue
        asked = part["target_class"]
        index = asked.isel(target=target).values if "target" in asked.dims else asked.values
        for one in np.unique(index[index >= 0]).tolist():
            more = counted(size[index == one])
            classes[one] = classes[one] + more if one in classes else more
    return whole[0], dict(sorted(classes.items()))


def cells_of(part: Explanation, *, target: int) -> Array:
    """The attribution of cells, ``[sample, time, feature]``; NaN in padding."""
    if "attribution" not in part or not set(CELLS) <= set(part["attribution"].dims):
        found = ", ".join(f"{name} {list(array.dims)}" for name, array in part.data_vars.items())
        raise InputError(f"the run holds no attribution of sample, time and feature, but {found}")
    array = part["attribution"]
    if "target" in array.dims:
        if not 0 <= target < array.sizes["target"]:
            raise InputError(f"--nth must be 0 to {array.sizes['target'] - 1}, one of the targets, but is {target}")
        array = array.isel(target=target)
    elif target:
        raise InputError(f"--nth must be 0, for the run has one target, but is {target}")
    return np.asarray(array.transpose(*CELLS).values, dtype=np.float64)


def counted(size: Array) -> Counted:
    """Sums over the samples of ``|attribution|``."""
    return Counted(np.nansum(size, axis=0), (~np.isnan(size)).sum(axis=0).astype(np.float64), len(size))


def largest(values: Array, names: Sequence[Any], top: int) -> list[tuple[str, int]]:
    """Names and places of the largest values, the largest first; NaN is left out."""
    order = [
        place for place in np.argsort(-np.nan_to_num(values, nan=-np.inf), kind="stable") if np.isfinite(values[place])
    ]
    return [(str(names[place]), int(place)) for place in order[:top]]
