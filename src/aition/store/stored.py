"""StoredRun: a finished run, read by its manifest; every byte is verified before it is served."""

import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from aition.core.axes import LEADING
from aition.core.errors import InputError, StoreError
from aition.core.explanation import Explanation, explanation, joined
from aition.store.files import Watched, faults
from aition.store.manifest import Manifest, read_manifest
from aition.store.shards import HEAD, SHARDS, SHARED, Head, place, read_head, read_table, read_tables, remedy
from aition.store.tables import Array, arrays_of, decoded, label_values
from aition.store.views import answered, connect

if TYPE_CHECKING:
    import duckdb

Parts = tuple[dict[str, tuple[tuple[str, ...], Array]], dict[str, Array]]
"""Variables with their axes, and labels."""


@dataclass(frozen=True, eq=False)
class StoredRun:
    """One stored explanation.

    Args:
        path: Its directory.
        manifest: What its manifest says.
        watched: Which files were verified, and are the same still.
    """

    path: Path
    manifest: Manifest
    watched: Watched = field(default_factory=Watched, repr=False)

    @classmethod
    def at(cls, path: str | os.PathLike[str]) -> "StoredRun":
        """Open a finished run.

        Raises:
            StoreError: It is not finished, or its manifest was changed, or shards are missing or too many.
        """
        root = Path(path)
        _, finished = read_manifest(root)
        if not finished:
            raise StoreError(f"{root} is not finished; the same run goes on where it was interrupted")
        with faults(f"cannot read {root}"):
            there = set(os.listdir(root / SHARDS))
        expected = {place(root, shard).name for shard in range(len(finished[0].shards))}
        if odd := sorted(there ^ expected):
            found = "missing; run again: only this shard is made anew" if odd[0] in expected else "no part of the run"
            raise StoreError(f"{root / SHARDS / odd[0]} is {found}")
        return cls(root, finished[0])

    @property
    def attrs(self) -> dict[str, Any]:
        """Where the explanation comes from."""
        return dict(self.manifest.attrs)

    @property
    def sizes(self) -> dict[str, int]:
        """The length of every axis."""
        return dict(self.manifest.layout.sizes)

    @property
    def variables(self) -> dict[str, tuple[tuple[str, ...], np.dtype[Any]]]:
        """Axes and dtype of every variable."""
        return {name: (axes, np.dtype(dtype)) for name, (axes, dtype) in self.manifest.layout.variables.items()}

    @property
    def tables(self) -> dict[str, list[str]]:
        """Columns of every table, by the name of its view."""
        layout = self.manifest.layout
        return {table: layout.columns(axes) for table, axes in layout.tables.items()}

    @property
    def n_shard(self) -> int:
        return len(self.manifest.shards)

    def digest(self) -> str:
        """sha256 over all that the run answered: equal for a run that was interrupted and one that was not."""
        return self.manifest.sha256

    def verify(self) -> None:
        """Read every file of the run.

        Raises:
            StoreError: Naming a file that was changed.
        """
        for shard in (SHARED, *range(self.n_shard)):
            read_tables(self.path, self.head(shard))

    def parts(self) -> Iterator[Explanation]:
        """The explanation shard by shard, for runs that are larger than memory; shared axes have their full length."""
        shared = self.shared()
        for shard in range(self.n_shard):
            yield self.part(shard, shared)

    def explanation(self, samples: slice = slice(None)) -> Explanation:
        """The whole explanation as ``explain()`` answers it without a store, or that of successive samples.

        Args:
            samples: Positions along the leading axis, in steps of 1.
        """
        first, last, step = samples.indices(self.sizes[self.lead])
        if step != 1 or first >= last:
            raise InputError(
                f"samples must be at least one of {self.sizes[self.lead]}, in steps of 1, but are {samples}"
            )
        return self.picked(np.arange(first, last))

    def explanation_of(self, ids: Sequence[Any]) -> Explanation:
        """The explanation of some samples, in the order of their ids."""
        positions = {name: position for position, name in enumerate(self.ids().tolist())}
        if unknown := [name for name in ids if name not in positions]:
            raise InputError(f"the run has no {self.lead} {unknown[0]!r}")
        if not len(ids) or len(set(ids)) != len(ids):
            raise InputError(f"ids must be different {self.lead}s, at least one, but are {list(ids)}")
        return self.picked(np.array([positions[name] for name in ids]))

    def ids(self) -> Array:
        """Labels of the leading axis, in order."""
        if self.lead not in self.manifest.layout.labels:
            raise InputError(f"the run has no ids of {self.lead}s; choose by position: explanation(slice(0, 10))")
        columns = []
        for shard in range(self.n_shard):
            head = self.head(shard)
            table = decoded(read_table(self.path, head, self.lead), most=head.n_lead)
            columns.append(label_values(table, head.layout.labels[self.lead]))
        return np.concatenate(columns)

    def sql(self, query: str, parameters: Sequence[Any] = ()) -> pa.Table:
        """What one SELECT says of the tables, ``FROM "sample-time-feature"``; ``?`` stand for the parameters.

        Positions along axes are integers; ``sample`` joins with the table ``"sample"``, which holds each ``id``.

        Raises:
            InputError: It is no single SELECT, or DuckDB does not understand it.
            StoreError: A file of a table that it names was changed.
        """
        with closing(self.connect(*(table for table in self.tables if table in query.lower()))) as connection:
            return answered(connection, query, parameters)

    def connect(self, *tables: str) -> "duckdb.DuckDBPyConnection":
        """A DuckDB connection with a view for each of these tables, or all; for trusted SQL."""
        if unknown := sorted(set(tables) - set(self.tables)):
            raise InputError(f"the run has no table {unknown[0]!r}; it has {', '.join(self.tables)}")
        return connect({table: self.files(table) for table in tables or self.tables})

    def files(self, table: str) -> list[Path]:
        """Parquet files of a table, in order, verified."""
        leads = set(self.manifest.layout.tables[table]) & set(LEADING)
        paths = []
        for shard in range(self.n_shard) if leads else [SHARED]:
            folder = place(self.path, shard)
            head = self.watched.read(folder / HEAD, partial(self.head, shard))
            path = folder / f"{table}.parquet"
            self.watched.read(path, partial(verified, self.path, head, table))
            paths.append(path)
        return paths

    @property
    def lead(self) -> str:
        """The axis that answers lie along: ``sample`` or ``draw``."""
        return self.manifest.layout.lead

    def head(self, shard: int) -> Head:
        """What is known of a shard, checked against the manifest."""
        head = read_head(self.path, shard)
        if head.sha256 != (self.manifest.shared if shard == SHARED else self.manifest.shards[shard][1]):
            path = place(self.path, shard)
            raise StoreError(f"{path} is not what the manifest names; {remedy(path)}")
        whole = self.manifest.layout.shared if shard == SHARED else self.manifest.layout
        fits = head.layout.variables == whole.variables and head.layout.labels.keys() == whole.labels.keys()
        if not fits or any(size > whole.sizes.get(axis, 0) for axis, size in head.layout.sizes.items()):
            raise StoreError(f"{place(self.path, shard)} has other variables or longer axes than the manifest says")
        if shard != SHARED and head.n_lead != self.manifest.shards[shard][0]:
            raise StoreError(f"{place(self.path, shard)} has {head.n_lead} {self.lead}s, but not so the manifest")
        return head

    def shared(self) -> Parts:
        """Variables and labels that all samples share."""
        head = self.head(SHARED)
        return arrays_of(head.layout, read_tables(self.path, head), sizes={}, shard=SHARED, first=0)

    def part(self, shard: int, shared: Parts) -> Explanation:
        """The explanation of one shard, with what all samples share."""
        head, whole = self.head(shard), self.manifest.layout
        sizes = {axis: size for axis, size in whole.sizes.items() if axis not in LEADING}
        read = read_tables(self.path, head)
        own = arrays_of(head.layout.leading, read, sizes=sizes, shard=shard, first=head.first)
        variables, labels = {**shared[0], **own[0]}, {**shared[1], **own[1]}
        ordered = {name: variables[name] for name in whole.variables}
        return explanation(ordered, coords={axis: labels[axis] for axis in whole.labels}, attrs=self.attrs)

    def picked(self, positions: Array) -> Explanation:
        """The explanation of the samples at some positions, in their order."""
        ends = np.cumsum([size for size, _ in self.manifest.shards])
        ascending = np.sort(positions)
        shared = self.shared()
        parts = []
        for shard in np.unique(np.searchsorted(ends, ascending, side="right")).tolist():
            size, end = self.manifest.shards[shard][0], int(ends[shard])
            local = ascending[(ascending >= end - size) & (ascending < end)] - (end - size)
            part = self.part(shard, shared)
            parts.append(part if len(local) == size else taken(part, local, self.lead))
        whole = joined(parts)
        return (
            whole
            if np.array_equal(ascending, positions)
            else taken(whole, np.argsort(np.argsort(positions)), self.lead)
        )


def verified(root: Path, head: Head, table: str) -> str:
    """The sha256 of a table that was read and found to be what was written."""
    read_table(root, head, table)
    return head.files[table][1]


def taken(part: Explanation, positions: Array, lead: str) -> Explanation:
    """The samples at some positions, in their order, with their rows of sparse variables."""
    some = part.isel({lead: positions})
    if "row_sample" in part:
        rank = np.full(part.sizes[lead] + 1, -1, dtype=part["row_sample"].dtype)
        rank[positions] = np.arange(len(positions))
        moved = rank[part["row_sample"].values]
        rows = np.flatnonzero(moved >= 0)
        rows = rows[np.argsort(moved[rows], kind="stable")]
        some = some.isel(row=rows)
        some["row_sample"] = (("row",), moved[rows])
    return Explanation(some)
