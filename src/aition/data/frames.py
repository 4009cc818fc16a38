"""Batches from tables: a row a step (wide), or a row a value (long)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from aition.core.assemble import Side, from_tensors
from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.data.columns import label_column, named_column, numeric_column, table_of
from aition.data.rows import Owner, Rows, rows_of


def from_frame(
    frame: Any,
    *,
    sample: str,
    time: str,
    features: Sequence[str] = (),
    feature: str = "",
    value: str = "",
    label: str = "",
    label_of: Owner = "sample",
    classes: Sequence[Any] = (),
    static: Sequence[str] = (),
    time_unit: str = "",
    side: Side = "right",
    fill: float = 0.0,
    dtype: torch.dtype = torch.float32,
) -> Batch:
    """A batch from a table of any library that speaks Arrow: pandas, polars, DuckDB, pyarrow.

    Rows may come in any order; samples stand in the order in which they first appear, each with its own length. Missing
    values are not observed.

    Args:
        frame: In wide form a row is one sample at one time, with a column a feature; in long form a row is one value,
            with ``feature`` and ``value``.
        sample: Column of the samples' ids.
        time: Column of numbers, dates or durations. Dates and durations are counted from the sample's first step.
        features: Columns of the features in wide form (every column without another role where nothing is said); in
            long form the features in their order (all that occur, sorted, where nothing is said).
        feature: Long form: column of the features' names.
        value: Long form: column of the values.
        label: Column of class numbers, class names (state ``classes``) or values; missing classes are -1.
        label_of: Whether each sample has one label, or each time.
        classes: What the label column holds, in the order of the classes 0 to K - 1.
        static: Columns that do not change within a sample.
        time_unit: "second", "minute", "hour" (taken where nothing is said) or "day" for dates; any name for numbers
            (the column's where nothing is said).
        side: Where the padding goes.
        fill: What stands where nothing was observed, in units of the values.
        dtype: Of the values and static columns.

    Raises:
        InputError: Naming the column, what was expected and what came; rows that say the same sample and time twice are
            counted and one is named.

    >>> import pyarrow as pa
    >>> table = pa.table({"bed": ["b", "a", "b"], "hour": [4.5, 0.0, 1.0], "pulse": [80.0, None, 75.0]})
    >>> batch = from_frame(table, sample="bed", time="hour")
    >>> batch.ids.tolist(), batch.lengths.tolist(), batch.x[0, :, 0].tolist(), batch.observed[1, 0].tolist()
    (['b', 'a'], [2, 1], [75.0, 80.0], [False])
    """
    table = table_of(frame)
    if not table.num_rows:
        raise InputError("frame must have at least one row, but is empty")
    if bool(feature) != bool(value):
        raise InputError("the long form needs both feature= and value=; the wide form neither")
    rows = rows_of(table, sample=sample, time=time, time_unit=time_unit)
    others = {sample, time, *static, *([label] if label else [])}
    values, places, names = (
        long_values(table, rows, feature, value, features) if feature else wide_values(table, rows, features, others)
    )
    n_sample, n_time = len(rows.names), int(rows.step.max()) + 1
    shift = n_time - rows.lengths if side == "left" else np.zeros(n_sample, dtype=np.int64)
    step = rows.step + shift[rows.sample]
    x = np.full((n_sample, n_time, len(names)), np.nan)
    x[rows.sample[:, None], step[:, None], places] = values
    times = np.zeros((n_sample, n_time))
    times[rows.sample, step] = rows.times
    fixed = [
        rows.one_each(numeric_column(table, name, "static"), "sample", f"static column {name!r}") for name in static
    ]
    return from_tensors(
        torch.from_numpy(x).to(dtype),
        layout="sample time feature",
        lengths=rows.lengths,
        times=times,
        static=torch.from_numpy(np.stack(fixed, axis=1)).to(dtype) if fixed else None,
        label=labels_of(rows, step, label_column(table, label, classes), label_of, label) if label else None,
        ids=rows.names,
        feature_names=names,
        static_names=list(static),
        time_unit=rows.unit,
        side=side,
        fill=fill,
    )


def wide_values(
    table: Any, rows: Rows, features: Sequence[str], others: set[str]
) -> tuple[NDArray[np.float64], NDArray[np.int64], list[str]]:
    """Values ``[row, feature]`` in sorted order, the feature of each, and the features' names."""
    rows.refuse_twice(np.zeros_like(rows.order), ())
    names = list(features) or [name for name in table.column_names if name not in others]
    if not names:
        raise InputError(f"the table has no columns for features beside {sorted(others)}")
    values = np.stack([numeric_column(table, name, "feature")[rows.order] for name in names], axis=1)
    return values, np.arange(len(names))[None], names


def long_values(
    table: Any, rows: Rows, feature: str, value: str, features: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.int64], list[str]]:
    """Values ``[row, 1]`` in sorted order, the feature of each, and the features' names."""
    codes, found = named_column(table, feature, "feature")
    names = list(features) or sorted(found)
    if unknown := sorted(set(found) - set(names)):
        raise InputError(f"feature column {feature!r} holds {unknown[:5]}, which features={names} does not list")
    places = np.array([names.index(one) for one in found], dtype=np.int64)[codes][rows.order]
    rows.refuse_twice(places, names)
    return numeric_column(table, value, "value")[rows.order, None], places[:, None], names


def labels_of(rows: Rows, step: NDArray[np.int64], values: NDArray[Any], label_of: Owner, name: str) -> NDArray[Any]:
    """One label a sample, ``[sample]``, or a time, ``[sample, time]`` with -1 (0.0 for values) in the padding."""
    if label_of not in ("sample", "time"):
        raise InputError(f"label_of must be 'sample' or 'time', but is {label_of!r}")
    each = rows.one_each(values, label_of, f"label column {name!r}")
    if label_of == "sample":
        return each
    label = np.full(
        (len(rows.names), int(rows.step.max()) + 1), -1 if values.dtype.kind == "i" else 0, dtype=values.dtype
    )
    label[rows.sample[rows.begins], step[rows.begins]] = each
    return label
