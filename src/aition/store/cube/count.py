"""Counting: the rows of a run, shard by shard, become codes on the disk and counts of cells."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.store.cube.files import CELLS, CODES, MEASURED, PROFILES, STARTS, VALUES
from aition.store.cube.rows import Rows
from aition.store.cube.spec import CubeSpec
from aition.store.cube.stopping import Check
from aition.store.cube.tally import Tally

AT_ONCE = 1 << 19
"""Rows that are coded at once: what is made of them stays in the processor's caches."""


@dataclass(frozen=True, eq=False)
class Counted:
    """What was counted.

    Args:
        spec: What the cells mean, with the smallest and the largest attribution.
        columns: Of the samples: ``length``, ``n_row`` and ``total``, ``[sample]`` each.
    """

    spec: CubeSpec
    columns: dict[str, NDArray[Any]]


def count(
    shards: Iterable[Rows],
    spec: CubeSpec,
    group: NDArray[np.int64],
    folder: Path,
    tick: Callable[[int], None],
    check: Check,
) -> Counted:
    """Count rows, and write each row's cell, attribution and value, those of a sample together.

    Args:
        shards: Rows in order of samples.
        spec: What the cells mean.
        group: Of each sample, ``[sample]``.
        folder: Where the files go.
        tick: Told how many samples are done.
        check: Called before each piece; what it raises ends the counting.

    Raises:
        InputError: An attribution is infinite.
    """
    tally = Tally(len(spec.groups) * spec.n_cell)
    length, n_row = np.zeros((2, len(group)), dtype=np.int64)
    added = np.zeros(len(group))
    kept = np.full(len(spec.features), -1)
    kept[list(spec.kept)] = np.arange(len(spec.kept))
    least, most = np.inf, -np.inf
    with ExitStack() as opened:
        codes, values, measured, profiles = (
            opened.enter_context((folder / name).open("wb")) for name in (CODES, VALUES, MEASURED, PROFILES)
        )
        for rows in shards:
            n_sample = len(rows.length)
            own = slice(rows.first, rows.first + n_sample)
            profile = np.zeros(n_sample * len(spec.kept))
            for part in parted(rows):
                check()
                if not np.isfinite(part.attribution).all():
                    wrong = part.sample[~np.isfinite(part.attribution)][0]
                    raise InputError(f"attributions must be finite, but one of sample {wrong} is not")
                code = coded(part, spec)
                tally.add(group[part.sample] * spec.n_cell + code, part.attribution)
                here = part.sample - rows.first
                n_row[own] += np.bincount(here, minlength=n_sample)
                added[own] += np.bincount(here, part.attribution, minlength=n_sample)
                column = kept[part.feature]
                there = column >= 0 if spec.profiled else slice(None)
                np.add.at(profile, (here * len(spec.kept) + column)[there], part.attribution[there].astype(np.float64))
                least, most = min(least, part.attribution.min()), max(most, part.attribution.max())
                codes.write(code.astype("<u4", copy=False).data)
                values.write(part.attribution.astype("<f4", copy=False).data)
                measured.write(part.value.astype("<f4", copy=False).data)
            length[own] = rows.length
            profiles.write(profile.astype("<f4").data)
            tick(n_sample)
    (folder / STARTS).write_bytes(np.concatenate([[0], np.cumsum(n_row)]).astype("<i8").tobytes())
    write_cells(tally, folder / CELLS, spec)
    seen = (float(least), float(most)) if least <= most else (0.0, 0.0)
    return Counted(replace(spec, attribution_range=seen), {"length": length, "n_row": n_row, "total": added})


def parted(rows: Rows) -> Iterator[Rows]:
    """The rows in pieces."""
    for begin in range(0, len(rows), AT_ONCE):
        yield rows.rows(slice(begin, begin + AT_ONCE))


def coded(rows: Rows, spec: CubeSpec) -> NDArray[np.uint32]:
    """The cell of each row."""
    value_bin = np.zeros(len(rows), dtype=np.uint8)
    order, ends = by_feature(rows.feature, len(spec.features))
    for feature in np.flatnonzero(np.diff(ends)).tolist():
        own = order[ends[feature] : ends[feature + 1]]
        value_bin[own] = spec.features[feature].bins(rows.value[own])
    step = rows.step if spec.align == "start" else rows.length[rows.sample - rows.first] - 1 - rows.step
    return spec.codes(rows.feature, value_bin, step, rows.attribution)


def by_feature(feature: NDArray[Any], n_feature: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows in order of their features, and where each feature begins, ``[feature + 1]``."""
    # Numpy sorts 16-bit integers by counting, ten times as fast as wider ones.
    small = feature.astype(np.uint16) if n_feature <= 1 << 16 else feature
    ends = np.concatenate([[0], np.cumsum(np.bincount(feature, minlength=n_feature))])
    return np.argsort(small, kind="stable"), ends


def write_cells(tally: Tally, path: Path, spec: CubeSpec) -> None:
    """Write the cells that have rows, in order, as a table that any reader of Parquet understands."""
    place, n, total, squares = tally.found()
    group, cell = np.divmod(place, spec.n_cell)
    value, time, attribution = np.unravel_index(cell, spec.shape)
    feature = spec.feature_of_value[value]
    pairs = np.asarray(spec.groups, dtype=np.int32).reshape(-1, 2)[group]
    pq.write_table(
        pa.table(
            {
                "predicted": pa.array(np.ascontiguousarray(pairs[:, 0])),
                "label": pa.array(np.ascontiguousarray(pairs[:, 1])),
                "feature": pa.array(feature.astype(np.int32)),
                "value_bin": pa.array((value - spec.first_value[feature]).astype(np.int16)),
                "time_bin": pa.array(time.astype(np.int16)),
                "attribution_bin": pa.array(attribution.astype(np.int16)),
                "n": pa.array(n),
                "total": pa.array(total),
                "squares": pa.array(squares),
            }
        ),
        path,
        compression="zstd",
        compression_level=1,
    )
