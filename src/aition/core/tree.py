"""Trees of merges: the parts that there are after so many merges, and where a tree is cut."""

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]


def owners(joined: Places, merge_joined: Places, *, n_merge: int) -> Places:
    """The node that each group is in after so many merges, ``[group]``: its own place, or behind the groups a merge's.

    Args:
        joined: The merge that joined each group first, ``[group]``; -1 where none did.
        merge_joined: The later merge that joined each merge again, ``[merge]``; -1 where none did.
        n_merge: Merges that are made, in their order.

    >>> owners(np.array([0, 0, 1]), np.array([1, -1]), n_merge=1).tolist()
    [3, 3, 2]
    """
    above = np.concatenate([joined, merge_joined])
    node = np.arange(len(joined))
    while len(node):
        higher = above[node]
        climbs = (higher >= 0) & (higher < n_merge)
        if not climbs.any():
            break
        node = np.where(climbs, len(joined) + higher, node)
    return node


def cut(joined: Places, merge_joined: Places, *, n_part: int, among: NDArray[np.bool_]) -> Places:
    """The node that each group is in after the first merge that leaves at most so many parts, ``[group]``.

    Args:
        joined: As in :func:`owners`.
        merge_joined: As in :func:`owners`.
        n_part: Parts that are left, at most.
        among: Groups whose parts are counted, ``[group]``.

    >>> cut(np.array([0, 0, 1]), np.array([1, -1]), n_part=2, among=np.ones(3, dtype=bool)).tolist()
    [3, 3, 2]
    """
    low, high = 0, len(merge_joined)
    while low < high:
        middle = (low + high) // 2
        if len(np.unique(owners(joined, merge_joined, n_merge=middle)[among])) <= n_part:
            high = middle
        else:
            low = middle + 1
    return owners(joined, merge_joined, n_merge=low)
