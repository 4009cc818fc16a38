"""An explanation as long tables, one for each tuple of axes, and back."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from aition.core.axes import LEADING, NAME, described
from aition.core.errors import ProtocolError, StoreError
from aition.core.explanation import fill_value

if TYPE_CHECKING:
    import xarray as xr

Array = np.ndarray[Any, Any]
DTYPES = {"f2", "f4", "f8", "c8", "c16", "i1", "i2", "i4", "i8", "b1"}
"""Kinds and sizes of numbers that a table holds."""
LABEL_KINDS = "Uiufb"
SCALAR = "scalar"
"""The table of variables without axes."""
STRIDE = 2**32
"""Rows of sparse variables are numbered within their shard, from ``shard * STRIDE``."""


@dataclass(frozen=True)
class Layout:
    """An explanation without its values: what its tables do not say.

    Args:
        lead: The axis that answers lie along, ``sample`` or ``draw``.
        sizes: The length of every axis.
        variables: Axes and dtype of every variable, in order.
        labels: Axes that have labels, and the dtype of these.
    """

    lead: str
    sizes: Mapping[str, int]
    variables: Mapping[str, tuple[tuple[str, ...], str]]
    labels: Mapping[str, str]

    @classmethod
    def of(cls, part: "xr.Dataset", lead: str) -> "Layout":
        """The layout of an explanation, or of some of its variables.

        Raises:
            ProtocolError: A dtype or a name has no place in a table.
        """
        variables = {
            str(name): (tuple(str(axis) for axis in array.dims), array.dtype.str)
            for name, array in part.data_vars.items()
        }
        labels = {str(axis): column.dtype.str for axis, column in part.coords.items()}
        layout = cls(lead, {str(axis): size for axis, size in part.sizes.items()}, variables, labels)
        layout.check()
        return layout

    @property
    def tables(self) -> dict[str, tuple[str, ...]]:
        """Axes of every table by its name; labels stand in the table of their axis."""
        tuples: list[tuple[str, ...]] = [(axis,) for axis in self.labels]
        tuples += [(self.lead,)] if self.lead in self.sizes else []
        tuples += [axes for axes, _ in self.variables.values()]
        return {"-".join(axes) or SCALAR: axes for axes in tuples}

    @property
    def leading(self) -> "Layout":
        """Only what lies along samples, draws or rows."""
        return self.restricted(self.sizes, leads=True)

    @property
    def shared(self) -> "Layout":
        """Only what all samples share."""
        return self.restricted({axis: size for axis, size in self.sizes.items() if axis not in LEADING}, leads=False)

    def restricted(self, sizes: Mapping[str, int], *, leads: bool) -> "Layout":
        """Variables and labels that lie along a leading axis, or those that do not."""
        variables = {name: one for name, one in self.variables.items() if bool(set(one[0]) & set(LEADING)) == leads}
        labels = {axis: dtype for axis, dtype in self.labels.items() if (axis in LEADING) == leads}
        return Layout(self.lead, sizes, variables, labels)

    def within(self, axes: tuple[str, ...]) -> dict[str, np.dtype[Any]]:
        """The variables of one table, with their dtypes."""
        return {name: np.dtype(dtype) for name, (own, dtype) in self.variables.items() if own == axes}

    def columns(self, axes: tuple[str, ...]) -> list[str]:
        """Names of a table's columns: positions, labels, values."""
        names = [*axes, *(["id"] if len(axes) == 1 and axes[0] in self.labels else [])]
        for name, dtype in self.within(axes).items():
            names += [f"{name}_real", f"{name}_imag"] if dtype.kind == "c" else [name]
        return names

    def check(self) -> None:
        """Raise where tables could not hold such an explanation."""
        self.check_sizes()
        for name, (axes, dtype) in self.variables.items():
            if dtype[1:] not in DTYPES:
                raise ProtocolError(f"{name} must be of one of the dtypes {' '.join(sorted(DTYPES))}, but is {dtype}")
            if not NAME.match(name) or not all(NAME.match(axis) for axis in axes):
                raise ProtocolError(f"a name must be lower case, digits and underscores: {name} {described(axes)}")
            if SCALAR in axes:
                raise ProtocolError(f"an axis of {name} is named {SCALAR}, which names the table without axes")
        for axis, dtype in self.labels.items():
            if axis not in self.sizes:
                raise ProtocolError(f"labels must be of an axis, but {axis} is none")
            if not NAME.match(axis) or np.dtype(dtype).kind not in LABEL_KINDS:
                raise ProtocolError(f"labels of {axis} must be strings, integers, floats or bools, but are {dtype}")
        for axes in self.tables.values():
            names = self.columns(axes)
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise ProtocolError(f"two columns of the table {described(axes)} would be named {twice[0]}")

    def check_sizes(self) -> None:
        """Raise where an axis has no length, or one that no position can have."""
        if self.lead not in LEADING[:2]:
            raise ProtocolError(f"answers must lie along {' or '.join(LEADING[:2])}, but lie along {self.lead}")
        for axis, size in self.sizes.items():
            if type(size) is not int or not 0 <= size < (2**62 if axis in LEADING else 2**31):
                raise ProtocolError(f"the length of {axis} must be a whole number from 0, but is {size!r}")
        for name, (axes, _) in self.variables.items():
            if unknown := [axis for axis in axes if axis not in self.sizes]:
                raise ProtocolError(f"an axis of {name}, {unknown[0]}, has no length")

    def to_json(self) -> dict[str, Any]:
        variables = [[name, list(axes), dtype] for name, (axes, dtype) in self.variables.items()]
        return {"lead": self.lead, "sizes": dict(self.sizes), "variables": variables, "labels": dict(self.labels)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Layout":
        variables = {str(name): (tuple(map(str, axes)), str(dtype)) for name, axes, dtype in value["variables"]}
        layout = cls(value["lead"], dict(value["sizes"]), variables, dict(value["labels"]))
        layout.check()
        return layout


def tables_of(part: "xr.Dataset", layout: Layout, *, shard: int, first: int) -> dict[str, bytes]:
    """Parquet of every table, by name; equal explanations give equal bytes.

    Args:
        part: The explanation of one shard.
        layout: Its layout.
        shard: The number of the shard.
        first: The position of its first sample in the whole run.
    """
    return {name: encoded(long_table(part, layout, axes, shard, first)) for name, axes in layout.tables.items()}


def long_table(part: "xr.Dataset", layout: Layout, axes: tuple[str, ...], shard: int, first: int) -> pa.Table:
    """Positions and values of every cell in which some variable has more than its fill value."""
    shape = tuple(layout.sizes[axis] for axis in axes)
    arrays = {name: np.asarray(part[name].values) for name in layout.within(axes)}
    labelled = len(axes) == 1 and axes[0] in layout.labels
    there = np.full(shape, labelled or axes == (layout.lead,))
    for array in arrays.values():
        there |= ~is_fill(array)
    chosen: Any = Ellipsis if there.all() else there
    columns: dict[str, pa.Array] = {}
    for place, axis in enumerate(axes):
        start = offset(axis, layout, shard, first)
        steps = np.arange(start, start + shape[place], dtype=np.int64 if axis in LEADING else np.int32)
        along = steps.reshape([-1 if other == place else 1 for other in range(len(axes))])
        columns[axis] = pa.array(np.broadcast_to(along, shape)[chosen].reshape(-1))
    if labelled:
        columns["id"] = pa.array(part.coords[axes[0]].values)
    for name, array in arrays.items():
        values = array[chosen].reshape(-1)
        if name == "row_sample":
            values = np.where(values >= 0, values.astype(np.int64) + first, -1)
        if array.dtype.kind == "c":
            columns[f"{name}_real"] = pa.array(native(values.real), from_pandas=True)
            columns[f"{name}_imag"] = pa.array(native(values.imag), from_pandas=True)
        else:
            columns[name] = pa.array(native(values), from_pandas=True)
    return pa.table(columns)


def offset(axis: str, layout: Layout, shard: int, first: int) -> int:
    """What is added to positions along an axis of one shard to make them those of the whole run."""
    if axis == layout.lead:
        return first
    return shard * STRIDE if axis in LEADING else 0


def is_fill(array: Array) -> Array:
    """Where an array holds its fill value."""
    if array.dtype.kind == "c":
        return np.asarray(np.isnan(array.real) & np.isnan(array.imag))
    return np.asarray(np.isnan(array) if array.dtype.kind == "f" else array == fill_value(array.dtype))


def native(values: Array) -> Array:
    """The same values in this machine's byte order."""
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def encoded(table: pa.Table) -> bytes:
    """Parquet without anything that changes from one time to another; NaN is null, so that SQL leaves it out."""
    names = table.column_names
    repeated = [column.name for column in table.schema if pa.types.is_integer(column.type)]
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        # lz4, and bounds of the first position only, take half the time of zstd with bounds of every column.
        compression="lz4",
        write_statistics=names[:1],
        use_dictionary=repeated or False,
        store_schema=False,
    )
    return bytes(sink.getvalue())


def arrays_of(
    layout: Layout, read: Callable[[str], bytes], *, sizes: Mapping[str, int], shard: int, first: int
) -> tuple[dict[str, tuple[tuple[str, ...], Array]], dict[str, Array]]:
    """Variables and labels of one shard, from its tables.

    Args:
        layout: The shard's layout.
        read: The Parquet of a table, by its name.
        sizes: Lengths of axes where they are to be longer than the shard's own.
        shard: The number of the shard.
        first: The position of its first sample in the whole run.
    """
    variables: dict[str, tuple[tuple[str, ...], Array]] = {}
    labels: dict[str, Array] = {}
    for table, axes in layout.tables.items():
        long = decoded(read(table), most=math.prod(layout.sizes[axis] for axis in axes))
        if sorted(long.column_names) != sorted(layout.columns(axes)):
            raise StoreError(f"the table {table} must have the columns {layout.columns(axes)}: {long.column_names}")
        own = tuple(layout.sizes[axis] for axis in axes)
        shape = tuple(max(layout.sizes[axis], sizes.get(axis, 0)) for axis in axes)
        dense = long.num_rows == math.prod(own)
        where: tuple[Any, ...] = tuple(slice(0, size) for size in own)
        if not dense:
            where = tuple(long[axis].to_numpy() - offset(axis, layout, shard, first) for axis in axes)
            if not all(((0 <= place) & (place < size)).all() for place, size in zip(where, own, strict=True)):
                raise StoreError(f"the table {table} has positions that are not within {described(axes, layout.sizes)}")
        for name, dtype in layout.within(axes).items():
            values = column_values(long, name, dtype)
            if name == "row_sample":
                values = np.where(values >= 0, values - first, -1).astype(dtype)
            whole = np.full(shape, fill_value(dtype), dtype=dtype)
            if long.num_rows:
                whole[where] = values.reshape(own) if dense else values
            variables[name] = (axes, whole)
        if len(axes) == 1 and axes[0] in layout.labels:
            labels[axes[0]] = label_values(long, layout.labels[axes[0]])
    return {name: variables[name] for name in layout.variables}, labels


def decoded(data: bytes, *, most: int) -> pa.Table:
    """What :func:`encoded` wrote.

    Raises:
        StoreError: It is no Parquet, or has more rows than there are places for.
    """
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        if file.metadata.num_rows > most:
            raise StoreError(f"a table must have {most} rows at most, but has {file.metadata.num_rows}")
        return file.read(use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise StoreError(f"a table is no Parquet of this version of Aition: {error}") from error


def label_values(table: pa.Table, dtype: str) -> Array:
    """The labels of an axis, from its table."""
    return np.array(table["id"].to_pylist(), dtype=dtype)


def column_values(table: pa.Table, name: str, dtype: np.dtype[Any]) -> Array:
    """One variable's column as numbers, nulls as NaN."""
    if dtype.kind != "c":
        values = np.asarray(table[name].to_numpy())
        return values if name == "row_sample" else values.astype(dtype, copy=False)
    values = np.empty(table.num_rows, dtype=dtype)
    values.real = table[f"{name}_real"].to_numpy()
    values.imag = table[f"{name}_imag"].to_numpy()
    return values
