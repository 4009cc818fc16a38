"""Table: the counts of a cube's cells as arrays."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from aition.store.columns import as_array
from aition.store.cube.spec import CubeSpec
from aition.store.cube.tally import Counts, Sums

AT_ONCE = 1 << 15
"""Cells that are read at once."""


@dataclass(frozen=True, eq=False)
class Table:
    """Counts of the rows of some samples.

    Args:
        spec: What the cells mean.
        n: Rows, ``[group, value, time, attribution]``.
        total: Their attributions added up, likewise.
        squares: Their squares added up, likewise.
        n_sample: Samples of each group that were counted, ``[group]``.
        share: Which share of the cohort's samples was counted, in (0, 1]; 1 where counts are exact.
    """

    spec: CubeSpec
    n: Counts
    total: Sums
    squares: Sums
    n_sample: Counts
    share: float = 1.0

    @property
    def exact(self) -> bool:
        return self.share == 1.0

    def without(self, other: "Table") -> "Table":
        """Counts of the samples that are not in another table, all of whose samples are in this one.

        The other's arrays are written into: they are large.
        """
        for whole, part in ((self.n, other.n), (self.total, other.total), (self.squares, other.squares)):
            np.subtract(whole, part, out=part)
        nothing = other.n == 0
        other.total[nothing] = other.squares[nothing] = 0
        np.maximum(other.squares, 0, out=other.squares)
        return replace(other, n_sample=self.n_sample - other.n_sample)


def read_table(file: pa.NativeFile, spec: CubeSpec, features: tuple[int, ...], n_sample: Counts) -> Table:
    """The counts of all samples, as they were written.

    Args:
        file: ``cells.parquet``, open.
        spec: What the cells mean.
        features: Which are read; all where none is named.
        n_sample: Samples of each group, ``[group]``.
    """
    own = spec.only(features) if features else spec
    places = spec.places(features) if features else np.arange(spec.n_value)
    shape = (len(spec.groups), *own.shape)
    n = np.zeros(shape, dtype=np.int64)
    total, squares = np.zeros((2, *shape))
    for read in pq.ParquetFile(file).iter_batches(AT_ONCE, use_threads=False):
        column: dict[str, NDArray[Any]] = {name: as_array(read[name]) for name in read.schema.names}
        if features:
            there = np.isin(column["feature"], features)
            column = {name: one[there] for name, one in column.items()}
        # Cells are in order of groups: a group is looked up for each stretch of one, not for each cell.
        predicted, label = column["predicted"], column["label"]
        first = np.flatnonzero(np.append(True, (np.diff(predicted) != 0) | (np.diff(label) != 0)))[: len(label)]
        group = np.repeat(spec.group_of(predicted[first], label[first]), np.diff(np.append(first, len(label))))
        value = places[spec.first_value[column["feature"]] + column["value_bin"]]
        place = np.ravel_multi_index((group, value, column["time_bin"], column["attribution_bin"]), shape)
        for whole, name in ((n, "n"), (total, "total"), (squares, "squares")):
            whole.reshape(-1)[place] = column[name]
    return Table(own, n, total, squares, n_sample)
