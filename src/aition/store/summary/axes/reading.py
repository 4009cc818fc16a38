"""Variables along any axes, of some samples or draws, or shared by all."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.core.axes import LEADING
from aition.core.errors import InputError
from aition.core.explanation import fill_value
from aition.store.shards import SHARED, Head
from aition.store.stored import StoredRun
from aition.store.summary.sequence import columns_at

Array = NDArray[Any]
MOST_VALUES = 50_000_000
"""Numbers that are held at once, at most."""


def array_of(run: StoredRun, name: str, places: Array, *, target: int = 0) -> Array:
    """A variable at some places of its first axis, in their order; without target.

    Args:
        run: What was stored.
        name: The variable, along samples or draws.
        places: Positions in the run, each once.
        target: Which of several targets.

    Raises:
        InputError: There are more numbers than are held at once.
        StoreError: A file was changed.
    """
    axes, dtype = run.variables[name]
    inner = [axis for axis in axes[1:] if axis != "target"]
    shape = (len(places), *(run.sizes[axis] for axis in inner))
    check_size(name, shape)
    whole = np.full(shape, fill_value(dtype), dtype=dtype)
    order = np.argsort(places, kind="stable")
    ordered = np.asarray(places)[order]
    for head in heads_of(run, ordered):
        found = long_columns(run, head, name, target=target)
        at = np.searchsorted(ordered, found[axes[0]])
        own = (at < len(ordered)) & (ordered[np.minimum(at, len(ordered) - 1)] == found[axes[0]])
        whole[(order[at[own]], *(found[axis][own] for axis in inner))] = found[name][own]
    return whole


def shared_array(run: StoredRun, name: str) -> Array:
    """A variable that all samples share."""
    axes, dtype = run.variables[name]
    shape = tuple(run.sizes[axis] for axis in axes)
    check_size(name, shape)
    whole = np.full(shape, fill_value(dtype), dtype=dtype)
    found = long_columns(run, run.head(SHARED), name)
    whole[tuple(found[axis] for axis in axes)] = found[name]
    return whole


def long_columns(run: StoredRun, head: Head, name: str, *, target: int = 0) -> dict[str, Array]:
    """Places and numbers of one variable in one shard, a row each; rows of other targets are left out."""
    axes, dtype = run.variables[name]
    parts = [f"{name}_real", f"{name}_imag"] if dtype.kind == "c" else [name]
    found = columns_at(run, head, "-".join(axes), [*axes, *parts])
    if dtype.kind == "c":
        found[name] = found.pop(parts[0]) + 1j * found.pop(parts[1])
    own = found["target"] == target if "target" in axes else slice(None)
    return {column: values[own] for column, values in found.items()}


def heads_of(run: StoredRun, places: Array) -> Iterator[Head]:
    """The shards that hold some positions, which ascend."""
    ends = np.cumsum([size for size, _ in run.manifest.shards])
    for shard in np.unique(np.searchsorted(ends, places, side="right")):
        yield run.head(int(shard))


def check_size(name: str, shape: tuple[int, ...]) -> None:
    """Raise where an array would not fit memory."""
    if (size := int(np.prod(shape, dtype=np.float64))) > MOST_VALUES:
        raise InputError(f"{name} has {size} numbers here, of which at most {MOST_VALUES} can be read at once")


def is_shared(run: StoredRun, name: str) -> bool:
    """Whether a variable is there and the same for all samples."""
    return name in run.variables and not set(run.variables[name][0]) & set(LEADING)


def along(run: StoredRun, name: str, *axes: str) -> bool:
    """Whether a variable is there and lies along just these axes, beside ``target``."""
    return tuple(axis for axis in run.variables.get(name, ((),))[0] if axis != "target") == axes


def labels_along(run: StoredRun, axis: str) -> list[Any]:
    """Labels of an axis that all samples share, names or numbers; none where it has none."""
    if "id" not in run.tables.get(axis, []):
        return []
    read = columns_at(run, run.head(SHARED), axis, [axis, "id"])
    return list(read["id"].tolist())
