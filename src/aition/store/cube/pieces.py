"""Pieces of a cube's rows as they are read, and how much was read."""

import threading
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.store.cube.tally import Sums


@dataclass(frozen=True, eq=False)
class Piece:
    """Rows of some samples.

    Args:
        sample: Positions of the samples, ``[sample]``.
        n_row: Rows of each, ``[sample]``.
        code: The cell of each row, ``[row]``.
        attribution: ``[row]``.
    """

    sample: NDArray[np.int64]
    n_row: NDArray[np.int64]
    code: NDArray[np.uint32]
    attribution: NDArray[np.float32]

    def added(self, rows: NDArray[np.int64], weight: NDArray[Any]) -> Sums:
        """Sums over some rows of each sample, ``[sample]``.

        Args:
            rows: Which, ascending.
            weight: Of each of them.
        """
        own = np.searchsorted(np.cumsum(self.n_row), rows, side="right")
        return np.asarray(np.bincount(own, weight.astype(np.float64), minlength=len(self.sample)), dtype=np.float64)

    def owner(self) -> NDArray[np.int64]:
        """The place of each row's sample in this piece, ``[row]``."""
        return np.repeat(np.arange(len(self.sample)), self.n_row)


@dataclass(eq=False)
class Scanned:
    """What was read of a cube's rows since it was opened, by all threads together.

    Args:
        n_row: Rows.
        n_byte: Bytes, of codes, attributions and values.
    """

    n_row: int = 0
    n_byte: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, *, n_row: int = 0, n_byte: int = 0) -> None:
        """Count what was read."""
        with self.lock:
            self.n_row += n_row
            self.n_byte += n_byte
