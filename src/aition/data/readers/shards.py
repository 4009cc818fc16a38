"""Shards: which samples go together in a file, and each file of its records."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.data.folder import SHARDS, Shard, sha256_of
from aition.data.lossless import write
from aition.data.readers.buckets import bucket_width, scan_of
from aition.data.readers.gridding import GRID_ORDER, Kept, grid
from aition.data.readers.groups import Group
from aition.data.readers.listing import TRAIN, Vocabulary, listing
from aition.data.readers.moments import merged
from aition.data.readers.runs import Column, arrays, together, whole_steps
from aition.data.readers.spans import Samples, leave_out
from aition.data.readers.spec import GRID_CELLS, Spec
from aition.data.readers.sql import quoted

SHARD_SIZE = 2048
CELLS = {"grid": GRID_CELLS, "events": 2**22}
"""Cells of a shard, at most (of a grid: values; of events: positions), so that it fits in memory."""
NO_RECORD = "no record in the window"


@dataclass(frozen=True)
class Piece:
    """Samples of one shard: those of ``spans`` from ``first`` to ``last``."""

    split: str
    first: int
    last: int


def bucket_files(folder: Path, first: int, last: int, *, n_sample: int) -> str:
    """The records of samples ``first`` to ``last``, and of others in the same buckets, as a table function."""
    width = bucket_width(n_sample)
    return scan_of(*(folder / f"bucket={bucket}" for bucket in range(first // width, last // width + 1)))


def event_sizes(connection: DuckDBPyConnection, records: str, samples: Samples, *, most: int) -> Samples:
    """Make the table ``sizes`` (number, n_event), and leave out the samples without an event.

    Raises:
        InputError: A sample has more than ``most``.
    """
    connection.execute(
        f"CREATE TEMP TABLE sizes AS SELECT number, count(*) AS n_event FROM {records} r "
        "JOIN vocabulary v ON name_of(r.grp, r.code) = v.name GROUP BY number"
    )
    largest, longest = connection.execute(
        "SELECT sample, n_event FROM sizes JOIN spans USING (number) ORDER BY n_event DESC, sample LIMIT 1"
    ).fetchone() or ("", 0)
    if longest > most:
        raise InputError(
            f"a sample must have at most {most} events, but {largest!r} has {longest}; take a shorter window, a grid, "
            "or give more memory_mb"
        )
    return leave_out(connection, samples, "number NOT IN (SELECT number FROM sizes)", NO_RECORD)


def plan_of(connection: DuckDBPyConnection, spec: Spec, *, shard_size: int, most: int) -> Iterator[Piece]:
    """Runs of samples of one split, none of them too large.

    Args:
        connection: Where the tables are.
        spec: Says how large a sample of a grid is.
        shard_size: Samples in a run, at most.
        most: Of events: positions in a run, at most.
    """
    sizes = "n_event FROM spans JOIN sizes USING (number)" if spec.form == "events" else "1 FROM spans"
    found = connection.execute(f"SELECT number, split, {sizes} ORDER BY number").fetchnumpy()
    limit = CELLS["grid"] if spec.form == "grid" else min(CELLS["events"], most)
    width = 1 if spec.form == "events" else spec.window.n_step * len(spec.features)
    number, split, size = (np.asarray(column) for column in found.values())
    first = longest = 0
    for place in range(len(number)):
        longest = max(longest, int(size[place]) * width)
        count = place - first + 1
        if count > 1 and (count > shard_size or split[place] != split[first] or count * longest > limit):
            yield Piece(str(split[first]), int(number[first]), int(number[place - 1]))
            first, longest = place, int(size[place]) * width
    yield Piece(str(split[first]), int(number[first]), int(number[-1]))


@dataclass(frozen=True)
class Writer:
    """What makes the files of shards."""

    connection: DuckDBPyConnection
    spec: Spec
    groups: Sequence[Group]
    samples: Samples
    records: Path
    folder: Path
    most: int
    """Records of one step that may be held at once."""
    vocabulary: Vocabulary = field(default_factory=lambda: Vocabulary((), (), (), 0))
    sums: dict[int, tuple[int, float, float]] = field(default_factory=dict)
    """Of a grid: count, mean and squared deviations by feature, in the training samples."""

    def write(self, number: int, piece: Piece, tick: Callable[[int], None]) -> Shard:
        """Write one shard."""
        batch = self.batch(piece)
        name = f"{SHARDS}/{number:05d}.safetensors"
        write(batch, self.folder / name)
        if self.spec.form == "grid" and (piece.split == TRAIN or TRAIN not in self.samples.splits):
            self.add(batch)
        tick(len(batch))
        return Shard(name, piece.split, len(batch), sha256_of(self.folder / name))

    def batch(self, piece: Piece) -> Batch:
        """The samples of a shard."""
        kept, numbers = self.kept(piece)
        files = bucket_files(self.records, piece.first, piece.last, n_sample=self.samples.n_sample)
        seen = f"number BETWEEN {piece.first} AND {piece.last}"
        value = "coalesce(value, 'nan'::DOUBLE) AS value"
        if self.spec.form == "grid":
            query = f"""
                SELECT number - {piece.first} AS row, step, grp, place, {value}
                FROM {files} WHERE {seen} ORDER BY {", ".join(GRID_ORDER)}
            """
            steps = whole_steps(arrays(self.connection, query) if files else (), kept.ids, most=self.most)
            return grid(kept, steps, self.groups, self.spec)
        query = f"""
            SELECT number, place, v.code AS code, {value} FROM {files} r
            JOIN vocabulary v ON name_of(r.grp, r.code) = v.name WHERE {seen}
        """
        events = together(list(arrays(self.connection, query)))
        return listing(kept, {**events, "row": np.searchsorted(numbers, events["number"])}, self.vocabulary, self.spec)

    def read(self, query: str) -> dict[str, Column]:
        """Columns as arrays."""
        return {name: np.asarray(column) for name, column in self.connection.execute(query).fetchnumpy().items()}

    def kept(self, piece: Piece) -> tuple[Kept, NDArray[np.int64]]:
        """The samples of a shard, and their numbers."""
        names = self.samples.static_names
        static = "".join(f", {quoted(f's{place}')}" for place in range(len(names)))
        found = self.read(
            f"SELECT number, sample, steps, coalesce(known, 'nan'::DOUBLE) AS known{static} FROM spans "
            f"WHERE number BETWEEN {piece.first} AND {piece.last} ORDER BY number"
        )
        label = found["known"].astype(np.float32)
        if self.samples.classed:
            label = np.where(np.isnan(label), -1, label).astype(np.int64)
        fixed = [found[f"s{place}"] for place in range(len(names))]
        columns = np.stack(fixed, axis=1) if fixed else np.zeros((len(label), 0))
        ids = np.asarray(found["sample"], dtype=np.str_)
        kept = Kept(ids, found["steps"].astype(np.int64), label, columns.astype(np.float32), names)
        return kept, found["number"]

    def add(self, batch: Batch) -> None:
        """Count a training shard's values in."""
        for place in range(batch.n_feature):
            value = batch.x[:, :, place][batch.observed[:, :, place]].double()
            if len(value):
                mean = float(value.mean())
                part = (len(value), mean, float((value - mean).square().sum()))
                self.sums[place] = merged(self.sums.get(place, (0, 0.0, 0.0)), part)
