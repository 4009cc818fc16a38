"""The order in which cells are removed, and the masks that remove the first of them.

Cells of equal score are ordered by chance, each order equally likely: a hash of (key of the sample, seed, step counted
from the first existing one, feature). So ties carry no preference for early steps or first features, and the order
is the same in any chunk, sample order or padding. Hard masks tie massively: report several seeds, whose mean is the
expectation over the ties.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.core.axes import check_axes
from aition.core.errors import InputError
from aition.metrics.cells import checked_attribution

BLOCK = 2**20
"""Cells sorted at once, so that memory does not grow with the number of series."""


def removal_order(
    attribution: NDArray[Any],
    exists: NDArray[np.bool_],
    *,
    keys: NDArray[np.int64],
    seed: int = 0,
    least_first: bool = False,
) -> NDArray[np.int64]:
    """Number the existing cells of each series in the order in which they are to be removed.

    Signed attributions are taken as they come; for importance in either direction (TIMING) pass the absolute value.

    Args:
        attribution: Score of each cell, ``[sample, time, feature]``.
        exists: Which steps are no padding, ``[sample, time]``.
        keys: What the chance in ties hangs on, ``[sample]``: the keys of the batch.
        seed: Another seed orders the ties anew.
        least_first: Remove the least important first: exactly the reverse of the other order, ties included.

    Returns:
        ``order``, ``[sample, time, feature]``: 0 goes first; -1 in padding.

    Raises:
        InputError: If shapes or dtypes do not fit, or an existing cell is not finite.

    >>> import numpy as np
    >>> scores, exists = np.array([[[.2], [.9], [np.nan]]]), np.array([[True, True, False]])
    >>> removal_order(scores, exists, keys=np.array([7])).ravel().tolist()
    [1, 0, -1]
    >>> removal_order(scores, exists, keys=np.array([7]), least_first=True).ravel().tolist()
    [0, 1, -1]
    """
    scores = checked_attribution(attribution, exists)
    exists, keys = np.asarray(exists), np.asarray(keys)
    n_sample, n_time, n_feature = scores.shape
    check_axes("keys", keys, ("sample",), {"sample": n_sample})
    if keys.dtype.kind not in "iu":
        raise InputError(f"keys must be integers, but are {keys.dtype}; take the keys of the batch")
    n_cell = n_time * n_feature
    order = np.empty((n_sample, n_cell), dtype=np.int64)
    size = max(1, BLOCK // max(1, n_cell))
    for start in range(0, n_sample, size):
        block = slice(start, start + size)
        falling = -scores[block].reshape(-1, n_cell)
        chance = tie_break(keys[block], exists[block], n_feature, seed).reshape(-1, n_cell)
        place = np.lexsort((chance, falling), axis=-1)
        np.put_along_axis(order[block], place, np.arange(n_cell)[None], axis=1)
        if least_first:
            order[block] = np.sum(~np.isnan(falling), axis=1, keepdims=True) - 1 - order[block]
    return np.where(exists[:, :, None], order.reshape(scores.shape), -1)


def first_cells(order: NDArray[np.int64], count: NDArray[np.int64]) -> NDArray[np.bool_]:
    """The first cells of each series, as a mask.

    Args:
        order: What :func:`removal_order` gave, ``[sample, time, feature]``.
        count: How many cells of each series, ``[sample]``, at least 0; all where a series has fewer.

    Returns:
        ``mask``, ``[sample, time, feature]``; never True in padding.

    Raises:
        InputError: If shapes or dtypes do not fit, or a count is negative.

    >>> import numpy as np
    >>> first_cells(np.array([[[1], [0], [-1]]]), np.array([1])).ravel().tolist()
    [False, True, False]
    """
    check_order(order)
    count = np.asarray(count)
    check_axes("count", count, ("sample",), {"sample": len(order)})
    if count.dtype.kind not in "iu" or (count < 0).any():
        raise InputError(f"count must be integers from 0, but is {count.dtype} {count.tolist()[:8]}")
    return np.asarray((order >= 0) & (order < count[:, None, None]))


def cell_count(order: NDArray[np.int64], fraction: float) -> NDArray[np.int64]:
    """How many cells a fraction of each series is: ``fraction * existing cells``, rounded down.

    Rounded down as in the published evaluations, so never more than was asked for, and none where the series has fewer
    than ``1 / fraction`` cells. A product that misses a whole number only by rounding error (.29 of 100) counts as it.

    Args:
        order: What :func:`removal_order` gave, ``[sample, time, feature]``.
        fraction: Share of the existing cells, in [0, 1].

    Returns:
        ``count``, ``[sample]``.

    Raises:
        InputError: If the fraction is outside [0, 1].

    >>> import numpy as np
    >>> cell_count(np.arange(100).reshape(1, 50, 2), .29).tolist()
    [29]
    """
    check_order(order)
    if not 0 <= fraction <= 1:
        raise InputError(f"fraction must lie in [0, 1], but is {fraction}")
    n_cell = np.sum(order >= 0, axis=(1, 2))
    return np.asarray(np.floor(fraction * n_cell + 1e-9), dtype=np.int64)


def first_fraction(order: NDArray[np.int64], fraction: float) -> NDArray[np.bool_]:
    """The first fraction of each series' existing cells, as a mask, rounded as :func:`cell_count` says.

    Args:
        order: What :func:`removal_order` gave, ``[sample, time, feature]``.
        fraction: Share of the existing cells, in [0, 1].

    Returns:
        ``mask``, ``[sample, time, feature]``; never True in padding. To keep what it marks and remove the rest,
        remove ``exists[:, :, None] & ~mask``.

    Raises:
        InputError: If the fraction is outside [0, 1].

    >>> import numpy as np
    >>> first_fraction(np.array([[[3], [1], [0], [2]]]), .5).ravel().tolist()
    [False, True, True, False]
    """
    return first_cells(order, cell_count(order, fraction))


def tie_break(keys: NDArray[np.int64], exists: NDArray[np.bool_], n_feature: int, seed: int) -> NDArray[np.uint64]:
    """A number of 64 bits for each cell, uniform and independent of where the sample or its padding stands.

    Args:
        keys: Key of each sample, ``[sample]``.
        exists: Which steps are no padding, ``[sample, time]``.
        n_feature: Features.
        seed: Any integer; taken modulo 2^64.

    Returns:
        ``chance``, ``[sample, time, feature]``.

    References:
        Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014 (splitmix64).
    """
    step = np.arange(exists.shape[1]) - np.argmax(exists, axis=1)[:, None]
    state = mixed(keys.astype(np.int64).view(np.uint64) ^ mixed(np.array([seed % 2**64], dtype=np.uint64)))
    state = mixed(state[:, None] ^ step.astype(np.int64).view(np.uint64))
    return mixed(state[:, :, None] ^ np.arange(n_feature, dtype=np.uint64))


def mixed(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """One round of splitmix64: increment, then finaliser."""
    word = state + np.uint64(0x9E3779B97F4A7C15)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(word ^ (word >> np.uint64(31)))


def check_order(order: NDArray[np.int64]) -> None:
    """Raise unless this can be what :func:`removal_order` gave.

    Raises:
        InputError: Naming the shape or the dtype.
    """
    if order.ndim != 3 or order.dtype.kind != "i":
        raise InputError(
            f"order must be integers [sample time feature] from removal_order, but is {order.dtype} {list(order.shape)}"
        )
