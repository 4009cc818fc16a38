"""Columns of a table as arrays: names, numbers and times, each checked."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aition.core.errors import InputError

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
TICKS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def table_of(frame: Any) -> Any:
    """Any frame that speaks the Arrow C stream (pandas, polars, DuckDB, …), or a dict of columns, as an Arrow table."""
    try:
        return frame if isinstance(frame, pa.Table) else pa.table(frame)
    except (TypeError, ValueError, pa.ArrowException) as error:
        raise InputError(
            f"frame must be a table with typed columns (pandas, polars, pyarrow, …), "
            f"but {type(frame).__name__} is not: {error}"
        ) from error


def column_of(table: Any, name: str, role: str) -> Any:
    """The column that plays a role."""
    count = table.column_names.count(name)
    if count != 1:
        raise InputError(
            f"{role}={name!r} must name one column, but names {count or 'none'}; the columns are {table.column_names}"
        )
    return table.column(name)


def complete(column: Any, name: str, role: str) -> Any:
    """The column, unless values are missing."""
    missing = column.null_count
    if pa.types.is_floating(column.type):
        missing += pc.sum(pc.is_nan(column)).as_py() or 0
    if missing:
        raise InputError(f"{role} column {name!r} must be complete, but misses {missing} of {len(column)} values")
    return column


def coded(column: Any) -> tuple[NDArray[np.int64], list[Any]]:
    """Each value as its number among the different values, in order of appearance (-1: missing), and these values."""
    whole = pa.chunked_array([undone(chunk) for chunk in column.chunks]).combine_chunks()
    encoded = whole.dictionary_encode()
    return pc.fill_null(encoded.indices.cast(pa.int64()), -1).to_numpy(), encoded.dictionary.to_pylist()


def undone(array: Any) -> Any:
    """An array of plain values, text as large_string: Arrow compares neither categories nor string views everywhere."""
    if pa.types.is_dictionary(array.type):
        return undone(array.dictionary).take(array.indices)
    text = array.type in (pa.string(), pa.large_string(), pa.string_view())
    return array.cast(pa.large_string()) if text else array


def named_column(table: Any, name: str, role: str) -> tuple[NDArray[np.int64], list[str]]:
    """A complete column as numbers into its different values, written as text."""
    codes, values = coded(complete(column_of(table, name, role), name, role))
    words = [str(value) for value in values]
    if len(set(words)) != len(words):
        raise InputError(
            f"{role} column {name!r} holds different values that are written alike; turn it into text first"
        )
    return codes, words


def numeric_column(table: Any, name: str, role: str) -> NDArray[np.float64]:
    """A column of numbers, NaN where missing."""
    column = column_of(table, name, role)
    kind = column.type
    if not (is_number(kind) or pa.types.is_boolean(kind) or pa.types.is_null(kind)):
        raise InputError(
            f"{role} column {name!r} must hold numbers, but is {kind}; encode it, or leave it out by features=[…]"
        )
    return np.asarray(column.cast(pa.float64(), safe=False).to_numpy(), dtype=np.float64)


def is_number(kind: Any) -> bool:
    """Whether a column's type is an integer, floating or decimal one."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def time_column(table: Any, name: str, time_unit: str) -> tuple[NDArray[Any], float, str]:
    """When each row was, so that equal times compare equal.

    Returns:
        Numbers ``[row]``; by what to divide them once they are counted from a sample's first; and their unit. Dates are
        counted, numbers taken as they are (divided by 0.0 says so).
    """
    column = complete(column_of(table, name, "time"), name, "time")
    kind = column.type
    if pa.types.is_date(kind):
        column = column.cast(pa.timestamp("s"))
        kind = column.type
    if pa.types.is_timestamp(kind) or pa.types.is_duration(kind):
        unit = time_unit or "hour"
        if unit not in SECONDS:
            raise InputError(
                f"time_unit must be one of {', '.join(SECONDS)} for a column of {kind}, but is {time_unit!r}"
            )
        return column.cast(pa.int64()).to_numpy(), float(SECONDS[unit] * TICKS[kind.unit]), unit
    if not is_number(kind):
        raise InputError(f"time column {name!r} must hold numbers, dates or durations, but is {kind}; parse it first")
    times = (column.cast(pa.float64()) if pa.types.is_decimal(kind) else column).to_numpy()
    if not np.isfinite(times).all():
        raise InputError(
            f"time column {name!r} must be finite, but {int((~np.isfinite(times)).sum())} values are NaN or Inf"
        )
    return times, 0.0, time_unit or name


def label_column(table: Any, name: str, classes: Sequence[Any]) -> NDArray[Any]:
    """Class numbers, -1 where missing, or values.

    Raises:
        InputError: Names without ``classes``, a class that it does not list, or missing values of a regression.
    """
    column = column_of(table, name, "label")
    if not classes and (pa.types.is_floating(column.type) or pa.types.is_decimal(column.type)):
        values = numeric_column(table, name, "label")
        if missing := int(np.isnan(values).sum()):
            raise InputError(
                f"label column {name!r} must be complete where labels are values, but misses {missing}; "
                "if they are classes, list them, such as classes=[0, 1]"
            )
        return values
    codes, values_found = coded(column)
    if not classes and not (pa.types.is_integer(column.type) or pa.types.is_boolean(column.type)):
        raise InputError(
            f"label column {name!r} holds {column.type}: state the order of its classes, such as "
            f"classes={sorted(str(v) for v in values_found if v is not None)[:20]}"
        )
    known = (
        {value: place for place, value in enumerate(classes)}
        if classes
        else {v: int(v) for v in values_found if v is not None}
    )
    if unknown := [value for value in values_found if value is not None and value not in known]:
        raise InputError(f"label column {name!r} holds {unknown[:5]}, which classes={list(classes)} does not list")
    numbers = np.array([*(known.get(value, -1) for value in values_found), -1], dtype=np.int64)
    return numbers[codes]
