"""Runs: the rows of a query a part after another, so that memory holds one part whatever their number."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

from aition.core.errors import InputError

Column = NDArray[Any]
Columns = Mapping[str, Column]
RECORD_BYTES = 192
"""What a record takes while it is gridded or listed, at most: its columns, copies of them, and orders."""


def most_records(memory_mb: int) -> int:
    """Records that are worked on at once, at most.

    >>> most_records(2048)
    11184810
    """
    return memory_mb * 2**20 // RECORD_BYTES


def arrays(connection: DuckDBPyConnection, query: str) -> Iterator[dict[str, Column]]:
    """The rows of a query, a part after another, each column an array.

    Raises:
        InputError: DuckDB fails midway, such as for want of memory or space.
    """
    try:
        for part in pa.RecordBatchReader.from_stream(connection.sql(query)):
            if part.num_rows:
                yield {
                    name: column.to_numpy(zero_copy_only=False)
                    for name, column in zip(part.schema.names, part.columns, strict=True)
                }
    except (OSError, pa.ArrowException) as error:
        raise InputError(
            f"the records of a shard can't be read: {str(error).splitlines()[0]}; give more memory_mb, or free space"
        ) from error


def together(parts: Sequence[Columns]) -> dict[str, Column]:
    """Parts as one."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def whole_steps(parts: Iterable[Columns], ids: Sequence[str] | Column, *, most: int) -> Iterator[Columns]:
    """The same records in other parts, none of which ends within a step of a sample.

    Args:
        parts: Columns ``row`` and ``step``, sorted by them, and others.
        ids: Of the samples, by ``row``.
        most: Records of one step that are held, at most.

    Raises:
        InputError: A step has more.

    >>> parts = [{"row": np.array(row), "step": np.array(step)} for row, step in (([0, 0], [0, 1]), ([0, 1], [1, 1]))]
    >>> [part["step"].tolist() for part in whole_steps(parts, ["a", "b"], most=2)]
    [[0], [1, 1], [1]]
    """
    held: list[Columns] = []
    for part in parts:
        at = part["row"][-1], part["step"][-1]
        before = np.flatnonzero((part["row"] != at[0]) | (part["step"] != at[1]))
        begin = int(before[-1]) + 1 if len(before) else 0
        if begin or (held and (held[-1]["row"][-1], held[-1]["step"][-1]) != at):
            yield together([*held, {name: column[:begin] for name, column in part.items()}])
            held = []
        held.append({name: column[begin:] for name, column in part.items()})
        if (count := sum(len(one["row"]) for one in held)) > most:
            raise InputError(
                f"a step of a sample must have at most {most} records, but step {at[1]} of {str(ids[at[0]])!r} has "
                f"{count} and more; take shorter steps (window.every), or give more memory_mb"
            )
    if held:
        yield together(held)
