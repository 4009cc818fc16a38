"""Counting: the rows of a run, shard by shard, become codes on the disk and counts of cells."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.store.cube.files import CODES, PROFILES, STARTS, VALUES
from aition.store.cube.rows import Rows
from aition.store.cube.spec import CubeSpec

Counts = NDArray[np.int64]
Sums = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Counted:
    """What was counted.

    Args:
        n: Rows of each cell, ``[group, cell]``.
        total: Their attributions added up, ``[group, cell]``.
        squares: Their squares added up, ``[group, cell]``.
        columns: Of the samples: ``length``, ``n_row`` and ``total``, ``[sample]`` each.
    """

    n: Counts
    total: Sums
    squares: Sums
    columns: dict[str, NDArray[Any]]

    def write(self, path: Path, spec: CubeSpec) -> None:
        """Write the cells that have rows, in order, as a table that any reader of Parquet understands."""
        group, cell = self.n.nonzero()
        value, time, attribution = np.unravel_index(cell, spec.shape)
        feature = spec.feature_of_value[value]
        pq.write_table(
            pa.table(
                {
                    "predicted": pa.array(np.asarray(spec.groups, dtype=np.int32).reshape(-1, 2)[group, 0]),
                    "label": pa.array(np.asarray(spec.groups, dtype=np.int32).reshape(-1, 2)[group, 1]),
                    "feature": pa.array(feature.astype(np.int32)),
                    "value_bin": pa.array((value - spec.first_value[feature]).astype(np.int16)),
                    "time_bin": pa.array(time.astype(np.int16)),
                    "attribution_bin": pa.array(attribution.astype(np.int16)),
                    "n": pa.array(self.n[group, cell]),
                    "total": pa.array(self.total[group, cell]),
                    "squares": pa.array(self.squares[group, cell]),
                }
            ),
            path,
            compression="zstd",
            compression_level=1,
        )


def count(
    shards: Iterable[Rows], spec: CubeSpec, group: NDArray[np.int64], folder: Path, tick: Callable[[int], None]
) -> Counted:
    """Count rows, and write each row's cell and attribution, those of a sample together.

    Args:
        shards: Rows in order of samples.
        spec: What the cells mean.
        group: Of each sample, ``[sample]``.
        folder: Where the files go.
        tick: Told how many samples are done.

    Raises:
        InputError: An attribution is infinite.
    """
    n_group, n_cell, n_feature = len(spec.groups), spec.n_cell, len(spec.features)
    n = np.zeros(n_group * n_cell, dtype=np.int64)
    total, squares = np.zeros((2, n_group * n_cell))
    length, n_row = np.zeros((2, len(group)), dtype=np.int64)
    added = np.zeros(len(group))
    with ExitStack() as opened:
        codes, values, profiles = (opened.enter_context((folder / name).open("wb")) for name in (CODES, VALUES, PROFILES))
        for rows in shards:
            if not np.isfinite(rows.attribution).all():
                raise InputError(f"attributions must be finite, but one of sample {rows.sample[~np.isfinite(rows.attribution)][0]} is not")
            own = slice(rows.first, rows.first + len(rows.length))
            code = coded(rows, spec)
            place = group[rows.sample] * n_cell + code
            n += np.bincount(place, minlength=len(n))
            total += np.bincount(place, rows.attribution, minlength=len(n))
            squares += np.bincount(place, rows.attribution**2, minlength=len(n))
            here = rows.sample - rows.first
            length[own] = rows.length
            n_row[own] = np.bincount(here, minlength=len(rows.length))
            added[own] = np.bincount(here, rows.attribution, minlength=len(rows.length))
            profile = np.bincount(
                here * n_feature + rows.feature, rows.attribution, minlength=len(rows.length) * n_feature
            )
            codes.write(code.tobytes())
            values.write(rows.attribution.astype("<f4").tobytes())
            profiles.write(profile.astype("<f4").tobytes())
            tick(len(rows.length))
    (folder / STARTS).write_bytes(np.concatenate([[0], np.cumsum(n_row)]).astype("<i8").tobytes())
    shape = (n_group, n_cell)
    columns = {"length": length, "n_row": n_row, "total": added}
    return Counted(n.reshape(shape), total.reshape(shape), squares.reshape(shape), columns)


def coded(rows: Rows, spec: CubeSpec) -> NDArray[np.uint32]:
    """The cell of each row."""
    value_bin = np.zeros(len(rows), dtype=np.uint8)
    order = np.argsort(rows.feature, kind="stable")
    ends = np.searchsorted(rows.feature[order], np.arange(len(spec.features) + 1))
    for feature, bins in enumerate(spec.features):
        own = order[ends[feature] : ends[feature + 1]]
        value_bin[own] = bins.bins(rows.value[own])
    step = rows.step if spec.align == "start" else rows.length[rows.sample - rows.first] - 1 - rows.step
    return spec.codes(rows.feature, value_bin, step, rows.attribution)
