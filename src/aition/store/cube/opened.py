"""OpenCube: a cube as it lies on the disk, ready to be asked."""

import os
import weakref
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aition.core.errors import InputError, StoreError
from aition.store.columns import read_columns
from aition.store.cube.files import CELLS, CODES, MEASURED, PROFILES, SAMPLES, SPEC, STARTS, VALUES, found, name_of
from aition.store.cube.pieces import Piece, Scanned
from aition.store.cube.samples import OUTCOME, outcomes
from aition.store.cube.settle import HELD
from aition.store.cube.spec import Align, CubeSpec
from aition.store.cube.stopping import Check, unhindered
from aition.store.cube.table import Table, read_table
from aition.store.cube.tally import Counts
from aition.store.files import faults, unsealed
from aition.store.stored import StoredRun

AT_ONCE = 1 << 17
"""Rows that are read at once, about."""
TRIES = 3
"""How often a cube is looked for that is replaced while it is opened."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class OpenCube:
    """A cube of a run. Its files stay readable when the cube is built anew; many threads may ask it at once.

    Args:
        run: The run.
        folder: Of the cube's generation, whose files never change.
        spec: What its cells mean.
        samples: Columns of the samples, ``[sample]`` each; how predictions came out is made of what is stored.
        starts: Where the rows of each sample begin, ``[sample + 1]``.
        everybody: Counts of all samples; of no feature where the cube has more cells than are held at once.
        profiles: Attribution of each feature that is kept, added up over time, ``[sample, feature]``.
        codes: Descriptor of the file of codes.
        values: Descriptor of the file of attributions.
        measured: Descriptor of the file of what was measured.
        cells: The file of counts.
        scanned: How much was read so far.
    """

    run: StoredRun
    folder: Path
    spec: CubeSpec
    samples: dict[str, NDArray[Any]] = field(repr=False)
    starts: NDArray[np.int64] = field(repr=False)
    everybody: Table = field(repr=False)
    profiles: NDArray[np.float32] = field(repr=False)
    codes: int
    values: int
    measured: int
    cells: pa.NativeFile = field(repr=False)
    scanned: Scanned = field(default_factory=Scanned)

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def n_row(self) -> int:
        """Rows of all samples."""
        return int(self.starts[-1])

    @cached_property
    def group(self) -> NDArray[np.int64]:
        """The group of each sample, ``[sample]``."""
        return self.spec.group_of(self.samples["predicted"], self.samples["label"])

    @cached_property
    def shuffled(self) -> NDArray[np.int64]:
        """All samples in an order drawn once: the first of them stand for all."""
        return np.random.default_rng(0).permutation(len(self))

    @cached_property
    def place(self) -> dict[str, int]:
        """Positions of samples by their ids."""
        return {name: position for position, name in enumerate(self.samples["id"].tolist())}

    def position(self, name: str) -> int:
        """The position of a sample.

        Raises:
            InputError: There is none of this id.
        """
        if name not in self.place:
            raise InputError(f"the run has no sample {str(name)[:80]!r}")
        return self.place[name]

    def some(self, mask: Mask, most: int) -> Mask:
        """At most so many of some samples, drawn at random; a larger number has those of a smaller one. 0 is all."""
        if not most or mask.sum() <= most:
            return mask
        chosen = np.zeros(len(mask), dtype=np.bool_)
        chosen[self.shuffled[mask[self.shuffled]][:most]] = True
        return chosen

    def pieces(self, mask: Mask, check: Check = unhindered) -> Iterator[Piece]:
        """Rows of some samples, in order; memory is bounded by ``AT_ONCE`` and the largest sample.

        Args:
            mask: Which samples, ``[sample]``.
            check: Called before each piece; what it raises ends the reading.
        """
        wanted = np.flatnonzero(mask)
        n_row = np.diff(self.starts)[wanted]
        for own in np.split(wanted, np.flatnonzero(np.diff(np.cumsum(n_row) // AT_ONCE)) + 1):
            check()
            if len(own):
                yield self.piece(own)

    def piece(self, own: NDArray[np.int64]) -> Piece:
        """Rows of samples at ascending positions; those of neighbours are read at once.

        Raises:
            StoreError: A file is shorter than it was, or holds what is no cell.
        """
        n_row = self.starts[own + 1] - self.starts[own]
        self.scanned.add(n_row=int(n_row.sum()))
        code = self.read(self.codes, own, "<u4")
        if len(code) and code.max() >= self.spec.n_cell:
            raise StoreError(f"{self.folder} was changed since; build the cube anew: aition cube {self.run.path}")
        return Piece(own, n_row, code, self.read(self.values, own, "<f4"))

    def value(self, own: NDArray[np.int64]) -> NDArray[np.float32]:
        """What was measured in the rows of samples at ascending positions, ``[row]``; NaN where nothing was."""
        return self.read(self.measured, own, "<f4")

    def read(self, file: int, own: NDArray[np.int64], dtype: str) -> NDArray[Any]:
        """Of a file with four bytes a row, those of samples at ascending positions."""
        found = np.empty(int((self.starts[own + 1] - self.starts[own]).sum()), dtype=dtype)
        view, at = memoryview(found.view(np.uint8).data), 0
        breaks = np.flatnonzero(np.diff(own) != 1) + 1
        begin = self.starts[own[np.concatenate([[0], breaks])]] * 4
        end = self.starts[own[np.concatenate([breaks - 1, [len(own) - 1]])] + 1] * 4
        with faults(f"cannot read {self.folder}"):
            for first, last in zip(begin.tolist(), end.tolist(), strict=True):
                if first < last and os.preadv(file, [view[at : at + last - first]], first) != last - first:
                    raise StoreError(f"{self.folder} is cut off; build the cube anew: aition cube {self.run.path}")
                at += last - first
        self.scanned.add(n_byte=found.nbytes)
        return found

    def whole(self, features: tuple[int, ...] = ()) -> Table:
        """Counts of all samples, of some features, in their order, or all.

        Raises:
            InputError: There are more cells than are held at once, or no such feature.
        """
        spec = self.spec
        size = len(spec.groups) * (spec.only(features) if features else spec).n_cell
        if size > HELD:
            raise InputError(f"the cube has {size} cells, of which at most {HELD} at once; ask for features")
        if not features and self.everybody.n.size:
            return self.everybody
        return read_table(self.cells, spec, features, np.bincount(self.group, minlength=len(spec.groups)))

    def table(self, mask: Mask, *, features: tuple[int, ...] = (), most: int = 0, check: Check = unhindered) -> Table:
        """Counts of some samples.

        Args:
            mask: Which, ``[sample]``.
            features: Of which features, in their order; of all where none is named.
            most: How many samples are looked at, drawn at random; 0 looks at all. Of all samples that there are the
                counts are known, and none is looked at.
            check: Called again and again; what it raises ends the counting.
        """
        looked = mask if mask.all() else self.some(mask, most)
        share = share_of(looked, mask)
        rows = np.diff(self.starts)
        if share == 1.0 and 2 * rows[looked].sum() > rows.sum():
            everybody = self.whole(features)
            left = ~looked
            return everybody.without(self.counted(left, features, 1.0, check)) if left.any() else everybody
        return self.counted(looked, features, share, check)

    def counted(self, looked: Mask, features: tuple[int, ...], share: float, check: Check) -> Table:
        """Counts of these samples, row by row."""
        own = self.spec.only(features) if features else self.spec
        n_group, size = len(own.groups), own.n_time * own.n_attribution
        if n_group * own.n_cell > HELD:
            raise InputError(f"the cube has more than {HELD} cells; ask for some of its features")
        n: Counts = np.zeros(n_group * own.n_cell, dtype=np.int64)
        total, squares = np.zeros((2, len(n)))
        places = self.spec.places(features) if features else np.zeros(0, dtype=np.int64)
        for piece in self.pieces(looked, check):
            group = np.repeat(self.group[piece.sample], piece.n_row)
            code, weight = piece.code.astype(np.int64), piece.attribution.astype(np.float64)
            if features:
                value = places[piece.code // np.uint32(size)]
                there = value >= 0
                code = (value * size + piece.code % np.uint32(size))[there]
                group, weight = group[there], weight[there]
            code += group * own.n_cell
            np.add.at(n, code, 1)
            np.add.at(total, code, weight)
            np.add.at(squares, code, weight * weight)
        shape = (n_group, *own.shape)
        n_sample = np.bincount(self.group[looked], minlength=n_group)
        return Table(own, n.reshape(shape), total.reshape(shape), squares.reshape(shape), n_sample, share)


def share_of(looked: Mask, asked: Mask) -> float:
    """Which share of some samples was looked at; of none, all.

    >>> share_of(np.array([True, False]), np.array([True, True])), share_of(np.array([False]), np.array([False]))
    (0.5, 1.0)
    """
    n = int(asked.sum())
    return float(looked.sum() / n) if n else 1.0


def open_cube(run: StoredRun, *, target: int = 0, align: Align = "start", like: str = "") -> OpenCube:
    """The cube of a run that was built before.

    Args:
        run: The run.
        target: Which of its targets.
        align: What steps are counted from.
        like: Digest of the spec of another run's cube in whose cells this one counts; "" for its own.

    Raises:
        StoreError: There is none of this run as it is now, or it was changed.
    """
    name, digest = name_of(target, align, like=like), run.digest()
    for _ in range(TRIES - 1):
        # A cube that is built anew meanwhile takes the folder away between its name and its files.
        with suppress(FileNotFoundError, StoreError):
            return opened(run, found(run.path, name, run=digest))
    with faults(f"cannot read the cube {name} of {run.path}"):
        return opened(run, found(run.path, name, run=digest))


def opened(run: StoredRun, folder: Path) -> OpenCube:
    """The cube in a folder."""
    spec = CubeSpec.from_json(unsealed((folder / SPEC).read_bytes(), folder / SPEC))
    samples = read_columns(folder / SAMPLES)
    samples = {"id": samples["id"].astype(np.str_), **samples}
    samples.setdefault(OUTCOME, outcomes(samples["predicted"], samples["label"]))
    group = spec.group_of(samples["predicted"], samples["label"])
    n_sample = np.bincount(group, minlength=len(spec.groups))
    small = len(spec.groups) * spec.n_cell <= HELD
    nothing = np.zeros((len(spec.groups), 0, 0, 0))
    cells = pa.OSFile(os.fspath(folder / CELLS))
    codes, values, measured = descriptors([folder / name for name in (CODES, VALUES, MEASURED)])
    cube = OpenCube(
        run,
        folder,
        spec,
        samples,
        starts=np.fromfile(folder / STARTS, dtype="<i8"),
        everybody=read_table(cells, spec, (), n_sample)
        if small
        else Table(spec, nothing.astype(np.int64), nothing, nothing, n_sample),
        profiles=np.fromfile(folder / PROFILES, dtype="<f4").reshape(len(group), len(spec.kept)),
        codes=codes,
        values=values,
        measured=measured,
        cells=cells,
    )
    for descriptor in (codes, values, measured):
        weakref.finalize(cube, os.close, descriptor)
    return cube


def descriptors(paths: Sequence[Path]) -> list[int]:
    """Open files, all or none."""
    known: list[int] = []
    try:
        for path in paths:
            known.append(os.open(path, os.O_RDONLY))
    except OSError:
        for descriptor in known:
            os.close(descriptor)
        raise
    return known
