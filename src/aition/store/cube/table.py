"""Table: the counts of a cube's cells as arrays, and sums over what is selected."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from aition.store.cube.spec import CubeSpec

Counts = NDArray[np.int64]
Sums = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Table:
    """Counts of the rows of some samples.

    Args:
        n: Rows, ``[group, value, time, attribution]``.
        total: Their attributions added up, likewise.
        squares: Their squares added up, likewise.
        n_sample: Samples of each group, ``[group]``.
        share: Which share of the cohort's samples was counted, in (0, 1]; 1 where counts are exact.
    """

    n: Counts
    total: Sums
    squares: Sums
    n_sample: Counts
    share: float = 1.0

    @property
    def exact(self) -> bool:
        return self.share == 1.0


def read_table(path: Path, spec: CubeSpec, n_sample: Counts) -> Table:
    """The counts of all samples, as they were written.

    Args:
        path: Of ``cells.parquet``.
        spec: What the cells mean.
        n_sample: Samples of each group, ``[group]``.
    """
    read = pq.read_table(path)
    column = {name: np.asarray(read[name].to_numpy()) for name in read.column_names}
    group = spec.group_of(column["predicted"], column["label"])
    value = spec.first_value[column["feature"]] + column["value_bin"]
    shape = (len(spec.groups), *spec.shape)
    place = np.ravel_multi_index((group, value, column["time_bin"], column["attribution_bin"]), shape)
    n = np.zeros(shape, dtype=np.int64)
    total, squares = np.zeros((2, *shape))
    for whole, name in ((n, "n"), (total, "total"), (squares, "squares")):
        whole.reshape(-1)[place] = column[name]
    return Table(n, total, squares, n_sample)
