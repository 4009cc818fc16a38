"""Columns of Parquet files as arrays, without pandas.

pyarrow's own ways, ``pyarrow.parquet.read_table`` and ``to_numpy``, load pandas, which takes half a second and 50 MB.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

Array = NDArray[Any]


def read_columns(source: Path | pa.NativeFile, names: Sequence[str] = (), *, mapped: bool = False) -> dict[str, Array]:
    """Columns of a Parquet file.

    Args:
        source: The file.
        names: Which columns, in any order; all in theirs where none is named.
        mapped: Whether the file is read where it lies, for a few of its columns.

    Returns:
        Each as :func:`as_array` says, ``[row]``; not to be written into.
    """
    with pq.ParquetFile(source, memory_map=mapped) as file:
        read = file.read(columns=list(names) or None, use_threads=False)
    return {name: as_array(read[name]) for name in names or read.column_names}


def as_array(column: pa.Array | pa.ChunkedArray) -> Array:
    """A column of numbers, truths or texts; a number that is missing is NaN, for which integers become floats.

    >>> as_array(pa.array([1, None, 3])), as_array(pa.chunked_array([["a"], ["b"]]))
    (array([ 1., nan,  3.]), array(['a', 'b'], dtype='<U1'))
    """
    kind = column.type
    number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    if not number and not (pa.types.is_boolean(kind) and not column.null_count):
        return np.array(column.to_pylist())
    parts = [of_chunk(chunk) for chunk in (column.chunks if isinstance(column, pa.ChunkedArray) else [column])]
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=dtype_of(kind))


def of_chunk(chunk: pa.Array) -> Array:
    """Numbers or truths where they lie in memory, copied only where some are missing or bits have to be spread."""
    own = slice(chunk.offset, chunk.offset + len(chunk))
    valid, data = chunk.buffers()
    if data is None:
        return np.zeros(0, dtype=dtype_of(chunk.type))
    if pa.types.is_boolean(chunk.type):
        return bits(data)[own]
    found: Array = np.frombuffer(data, dtype=dtype_of(chunk.type))[own]
    if chunk.null_count:
        known = bits(valid)[own]
        found = np.where(known, found, found.dtype.type(np.nan) if found.dtype.kind == "f" else np.nan)
    return found


def bits(buffer: pa.Buffer) -> NDArray[np.bool_]:
    """The bits of a buffer, the lowest of each byte first."""
    return np.unpackbits(np.frombuffer(buffer, dtype=np.uint8), bitorder="little").view(np.bool_)


def dtype_of(kind: pa.DataType) -> np.dtype[Any]:
    """What holds numbers of a kind; of truths, bool."""
    if pa.types.is_boolean(kind):
        return np.dtype(np.bool_)
    letter = "f" if pa.types.is_floating(kind) else "u" if pa.types.is_unsigned_integer(kind) else "i"
    return np.dtype(f"<{letter}{kind.bit_width // 8}")
