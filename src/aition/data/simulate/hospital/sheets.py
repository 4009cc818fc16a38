"""Sheets: tables written as .csv.gz block by block, in columns and without a loop over rows."""

import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

from aition.data.simulate.drawing import Reals, Whole

ROWS_AT_ONCE = 1 << 16
FAST = 1
"""Level of compression: four times as fast as the usual one, for files a quarter larger."""


class Sheet:
    """One table that is being written; columns that are not given stay empty.

    Args:
        path: A file that ends in ``.csv.gz``; its folder is made.
        columns: Their names, in order.
        quoted: Whether words may hold commas, so that they stand in quotes.
    """

    def __init__(self, path: Path, columns: tuple[str, ...], *, quoted: bool) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.columns = columns
        self.options = pyarrow.csv.WriteOptions(
            include_header=False, batch_size=ROWS_AT_ONCE, quoting_style="needed" if quoted else "none"
        )
        self.n_row = 0
        self.raw: BinaryIO = path.open("xb")
        self.file = gzip.GzipFile(filename="", fileobj=self.raw, mode="wb", compresslevel=FAST, mtime=0)
        self.file.write((",".join(columns) + "\n").encode())

    def write(self, values: Mapping[str, Any]) -> None:
        """Add rows; one value stands for all of them.

        Args:
            values: Arrays ``[row]`` or single values, by column; at least one array.
        """
        n_row = length_of(values)
        table = pa.table(
            {
                name: column(values[name], n_row) if name in values else pa.nulls(n_row, pa.string())
                for name in self.columns
            }
        )
        sink = pa.BufferOutputStream()
        pyarrow.csv.write_csv(table, sink, self.options)
        self.file.write(memoryview(sink.getvalue()))
        self.n_row += n_row

    def cut(self, line: str) -> None:
        """Add a line that is no row of the table: it breaks off."""
        self.file.write(f"{line}\n".encode())

    def close(self) -> None:
        self.file.close()
        self.raw.close()


def length_of(values: Mapping[str, Any]) -> int:
    """Rows of some columns, of which at least one is an array."""
    return next(len(one) for one in values.values() if isinstance(one, np.ndarray | pa.Array | pa.ChunkedArray))


def column(value: Any, n_row: int) -> Any:
    """Values or one value as a column."""
    if isinstance(value, np.ndarray):
        return pa.array(value)
    return value if isinstance(value, pa.Array | pa.ChunkedArray) else pa.repeat(value, n_row)


def moments(seconds: Whole) -> Any:
    """Seconds since 1970 as text, such as ``2150-01-31 08:05:00``."""
    return pc.cast(pa.array(seconds.astype("datetime64[s]")), pa.string())


def chosen(words: list[str], places: Whole) -> Any:
    """The word at each place; empty words are missing."""
    return pa.array([word or None for word in words], pa.string()).take(pa.array(places))


def where(condition: NDArray[np.bool_], one: Any, other: Any) -> Any:
    """``one`` where the condition holds, else ``other``; either may be None."""
    return pc.if_else(pa.array(condition), one if one is not None else pa.scalar(None, other.type), other)


def rounded(value: Reals, decimals: Whole) -> Reals:
    """Values with their own number of decimals, each the double nearest to what is written."""
    scale = 10.0**decimals
    return np.asarray(np.rint(value * scale) / scale)
