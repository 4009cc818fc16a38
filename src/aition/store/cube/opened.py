"""OpenCube: a cube as it lies on the disk, ready to be asked."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from aition.core.errors import StoreError
from aition.store.cube.files import CELLS, CODES, PROFILES, SAMPLES, SPEC, STARTS, VALUES, found, name_of
from aition.store.cube.spec import Align, CubeSpec
from aition.store.cube.table import Table, read_table
from aition.store.files import unsealed
from aition.store.stored import StoredRun

AT_ONCE = 1 << 21
"""Rows that are read at once, about."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Piece:
    """Rows of successive samples.

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

    def added(self, of_row: NDArray[Any]) -> NDArray[np.float64]:
        """Sums over the rows of each sample, ``[sample]``."""
        sums = np.concatenate([[0.0], np.cumsum(of_row, dtype=np.float64)])
        ends = np.cumsum(self.n_row)
        return np.asarray(sums[ends] - sums[ends - self.n_row])


@dataclass(frozen=True, eq=False)
class OpenCube:
    """A cube of a run.

    Args:
        run: The run.
        folder: Of the cube's generation, whose files never change.
        spec: What its cells mean.
        samples: Columns of the samples, ``[sample]`` each.
        everybody: Counts of all samples.
    """

    run: StoredRun
    folder: Path
    spec: CubeSpec
    samples: dict[str, NDArray[Any]] = field(repr=False)
    everybody: Table = field(repr=False)

    def __len__(self) -> int:
        return len(self.samples["id"])

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """Where the rows of each sample begin, ``[sample + 1]``."""
        return np.fromfile(self.folder / STARTS, dtype="<i8")

    @cached_property
    def profiles(self) -> NDArray[np.float32]:
        """Attribution of each feature, added up over time, ``[sample, feature]``."""
        return np.fromfile(self.folder / PROFILES, dtype="<f4").reshape(len(self), len(self.spec.features))

    @cached_property
    def group(self) -> NDArray[np.int64]:
        """The group of each sample, ``[sample]``."""
        return self.spec.group_of(self.samples["predicted"], self.samples["label"])

    @cached_property
    def shuffled(self) -> NDArray[np.int64]:
        """All samples in an order drawn once: the first of them stand for all."""
        return np.random.default_rng(0).permutation(len(self))

    def some(self, mask: Mask, most: int) -> Mask:
        """At most so many of some samples, drawn at random."""
        own = self.shuffled[mask[self.shuffled]]
        chosen = np.zeros(len(mask), dtype=np.bool_)
        chosen[own[:most]] = True
        return chosen

    def pieces(self, mask: Mask) -> Iterator[Piece]:
        """Rows of some samples, in order; memory is bounded.

        Args:
            mask: Which samples, ``[sample]``.
        """
        wanted = np.flatnonzero(mask)
        n_row = np.diff(self.starts)
        with (self.folder / CODES).open("rb") as codes, (self.folder / VALUES).open("rb") as values:
            for own in np.split(wanted, np.flatnonzero(np.diff(np.cumsum(n_row[wanted]) // AT_ONCE)) + 1):
                if len(own):
                    yield self.piece(own, codes, values)

    def piece(self, own: NDArray[np.int64], codes: BinaryIO, values: BinaryIO) -> Piece:
        """Rows of samples, neighbours read at once.

        Raises:
            StoreError: A file is shorter than it was.
        """
        n_row = np.diff(self.starts)[own]
        code = np.empty(int(n_row.sum()), dtype="<u4")
        attribution = np.empty(len(code), dtype="<f4")
        at = 0
        for begin, end in stretches(own):
            first, size = self.starts[begin], int(self.starts[end] - self.starts[begin])
            for file, into in ((codes, code), (values, attribution)):
                file.seek(int(first) * 4)
                if file.readinto(memoryview(into[at : at + size]).cast("B")) != 4 * size:  # type: ignore[attr-defined]
                    raise StoreError(f"{file.name} is cut off; remove {self.folder.parent} to build the cube anew")
            at += size
        return Piece(own, n_row, code, attribution)

    def table(self, mask: Mask, *, most: int = 0) -> Table:
        """Counts of some samples.

        Args:
            mask: Which, ``[sample]``.
            most: How many of them are looked at, drawn at random; 0 looks at all.
        """
        spec, n_group = self.spec, len(self.spec.groups)
        looked = self.some(mask, most) if most else mask
        share = looked.sum() / max(1, mask.sum()) if most else 1.0
        if looked.all():
            return self.everybody
        n = np.zeros(n_group * spec.n_cell, dtype=np.int64)
        total, squares = np.zeros((2, len(n)))
        for piece in self.pieces(looked):
            place = np.repeat(self.group[piece.sample] * spec.n_cell, piece.n_row) + piece.code
            attribution = piece.attribution.astype(np.float64)
            n += np.bincount(place, minlength=len(n))
            total += np.bincount(place, attribution, minlength=len(n))
            squares += np.bincount(place, attribution**2, minlength=len(n))
        shape = (n_group, *spec.shape)
        n_sample = np.bincount(self.group[looked], minlength=n_group)
        return Table(n.reshape(shape), total.reshape(shape), squares.reshape(shape), n_sample, float(share))


def stretches(own: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Successive samples, as the first and the one behind the last."""
    breaks = np.flatnonzero(np.diff(own) != 1) + 1
    for part in np.split(own, breaks):
        yield int(part[0]), int(part[-1]) + 1


def open_cube(run: StoredRun, *, target: int = 0, align: Align = "start") -> OpenCube:
    """The cube of a run that was built before.

    Raises:
        StoreError: There is none of this run as it is now, or it was changed.
    """
    folder = found(run.path, name_of(target, align), run=run.digest())
    if folder is None:
        raise StoreError(f"{run.path} has no cube of target {target} by {align}; build it first")
    spec = CubeSpec.from_json(unsealed((folder / SPEC).read_bytes(), folder / SPEC))
    read = pq.read_table(folder / SAMPLES)
    samples = {name: np.asarray(read[name].to_numpy()) for name in read.column_names}
    samples["id"] = samples["id"].astype(np.str_)
    group = spec.group_of(samples["predicted"], samples["label"])
    n_sample = np.bincount(group, minlength=len(spec.groups))
    return OpenCube(run, folder, spec, samples, read_table(folder / CELLS, spec, n_sample))
