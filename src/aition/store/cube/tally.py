"""Tally: rows counted by place, and their attributions and squares added up."""

import numpy as np
from numpy.typing import NDArray

DENSE_PLACES = 1 << 24
"""Places up to which every place has an entry."""

Counts = NDArray[np.int64]
Sums = NDArray[np.float64]


class Tally:
    """Counts and sums of as many places as there are, or of those only that have rows.

    Args:
        n_place: How many places there are.

    >>> tally = Tally(4)
    >>> tally.add(np.array([2, 2, 0]), np.array([1.0, 3.0, -1.0], dtype=np.float32))
    >>> tally.found()[0], tally.found()[2]
    (array([0, 2]), array([-1.,  4.]))
    """

    def __init__(self, n_place: int) -> None:
        self.dense = n_place <= DENSE_PLACES
        size = n_place if self.dense else 0
        self.place = np.zeros(0, dtype=np.int64)
        self.n = np.zeros(size, dtype=np.int64)
        self.total = np.zeros(size)
        self.squares = np.zeros(size)

    def add(self, place: Counts, attribution: NDArray[np.float32]) -> None:
        """Count rows."""
        weight = attribution.astype(np.float64)
        if self.dense:
            # In place: bincount would make, fill and add an array of all places for each of the three.
            np.add.at(self.n, place, 1)
            np.add.at(self.total, place, weight)
            np.add.at(self.squares, place, weight * weight)
            return
        self.merge(place, np.ones(len(place), dtype=np.int64), weight, weight * weight)

    def merge(self, place: Counts, n: Counts, total: Sums, squares: Sums) -> None:
        """Add counts to those that are there, place by place."""
        self.place, back = np.unique(np.concatenate([self.place, place]), return_inverse=True)
        own, new = back[: len(self.n)], back[len(self.n) :]
        for name, more in (("n", n), ("total", total), ("squares", squares)):
            sums = np.zeros(len(self.place), dtype=more.dtype)
            sums[own] = getattr(self, name)
            np.add.at(sums, new, more)
            setattr(self, name, sums)

    def found(self) -> tuple[Counts, Counts, Sums, Sums]:
        """Places that have rows, in order, with their rows, sums and squares."""
        there = np.flatnonzero(self.n)
        place = there if self.dense else self.place[there]
        return place, self.n[there], self.total[there], self.squares[there]
