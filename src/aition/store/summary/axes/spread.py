"""Means over sequences of what lies along further axes, of all of them and by predicted class."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.store.cube.stopping import Check, unhindered
from aition.store.stored import StoredRun
from aition.store.summary.axes.reading import MOST_VALUES, heads_of, long_columns
from aition.store.summary.intervals import deviations

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Spread:
    """Means of parts, over the sequences that have them.

    Args:
        n: Sequences that have a part, ``[kind, part…]``; the first kind is everybody, the others are classes.
        mean: Mean attribution, ``[kind, part…]``; NaN where no sequence has the part.
        size: Mean of its size, whatever the sign, ``[kind, part…]``.
        half: Half of the 95 % interval of ``mean``, ``[kind, part…]``; NaN below two sequences.
    """

    n: NDArray[np.int64]
    mean: Floats
    size: Floats
    half: Floats


def spread(
    run: StoredRun,
    name: str,
    by: tuple[str, ...],
    *,
    mask: NDArray[np.bool_],
    kind: NDArray[np.int64],
    n_kind: int,
    target: int = 0,
    keep: NDArray[np.int64] | tuple[()] = (),
    check: Check = unhindered,
) -> Spread:
    """Means of a variable by part; a sequence's part is the sum over all other axes.

    Args:
        run: What was stored.
        name: The variable, along samples.
        by: The axes whose places are parts.
        mask: Which samples, ``[sample]``.
        kind: The class of each sample, -1 for none, ``[sample]``.
        n_kind: How many classes there are.
        target: Which of several targets.
        keep: Places along each of these axes that are asked about; all where none is named.
        check: Called before each shard; what it raises ends the work.

    Raises:
        InputError: There are more parts than are held at once.
    """
    sizes = [run.sizes[axis] for axis in by]
    kept = [np.asarray(keep if len(keep) else np.arange(size), dtype=np.int64) for size in sizes]
    shape = tuple(len(one) for one in kept)
    n_part = int(np.prod(shape))
    most = max((size for size, _ in run.manifest.shards), default=1)
    if n_part * max(most, n_kind + 1) > MOST_VALUES:
        raise InputError(f"{name} has {n_part} parts of {most} sequences in a shard: more than are held at once")
    place = [np.full(size, -1, dtype=np.int64) for size in sizes]
    for along, one in zip(place, kept, strict=True):
        along[one] = np.arange(len(one))
    n = np.zeros((n_kind + 1, n_part), dtype=np.int64)
    total, size, squares = np.zeros((3, n_kind + 1, n_part))
    for head in heads_of(run, np.flatnonzero(mask)):
        check()
        found = long_columns(run, head, name, target=target)
        part = parts_of(found, by, place, shape)
        own = (part >= 0) & mask[found["sample"]] & ~np.isnan(found[name])
        at = (found["sample"][own] - head.first) * n_part + part[own]
        sums = np.bincount(at, found[name][own], minlength=head.n_lead * n_part).reshape(head.n_lead, n_part)
        there = np.bincount(at, minlength=head.n_lead * n_part).reshape(head.n_lead, n_part) > 0
        classes = kind[head.first : head.first + head.n_lead]
        for row in range(n_kind + 1):
            chosen = slice(None) if row == 0 else classes == row - 1
            n[row] += there[chosen].sum(axis=0)
            total[row] += sums[chosen].sum(axis=0)
            size[row] += np.abs(sums[chosen]).sum(axis=0)
            squares[row] += (sums[chosen] ** 2).sum(axis=0)
    whole = (n_kind + 1, *shape)
    return Spread(n.reshape(whole), *(one.reshape(whole) for one in moments(n, total, size, squares)))


def parts_of(
    found: dict[str, NDArray[Any]], by: tuple[str, ...], place: list[NDArray[np.int64]], shape: tuple[int, ...]
) -> NDArray[np.int64]:
    """The part of each row; -1 for parts that are not asked about."""
    places = [along[found[axis]] for axis, along in zip(by, place, strict=True)]
    known = np.logical_and.reduce([one >= 0 for one in places])
    part = np.zeros(len(known), dtype=np.int64)
    for one, length in zip(places, shape, strict=True):
        part = part * length + np.maximum(one, 0)
    return np.asarray(np.where(known, part, -1))


def moments(n: NDArray[np.int64], total: Floats, size: Floats, squares: Floats) -> tuple[Floats, Floats, Floats]:
    """Mean, mean size and half width of the interval of the mean."""
    there, several = n > 0, n > 1
    mean = np.divide(total, n, out=np.full(n.shape, np.nan), where=there)
    mean_size = np.divide(size, n, out=np.full(n.shape, np.nan), where=there)
    variance = np.maximum(squares - np.where(there, mean, 0) * total, 0) / np.maximum(n - 1, 1)
    half = np.where(several, deviations(np.maximum(n - 1, 1)) * np.sqrt(variance / np.maximum(n, 1)), np.nan)
    return mean, mean_size, half
