"""Batches from tables."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from aition.core.errors import InputError
from aition.data import from_frame

ROWS = {
    "bed": ["b", "b", "a", "a", "a"],
    "hour": [0.0, 1.5, 4.0, 2.0, 3.0],
    "pulse": [60.0, None, 80.0, 81.0, 82.0],
    "drug": [1, 2, 3, 4, 5],
    "age": [50, 50, 70, 70, 70],
    "died": ["no", "no", "yes", "yes", "yes"],
}
ROLES = {"sample": "bed", "time": "hour", "label": "died", "classes": ["no", "yes"], "static": ["age"]}


def long_rows():
    kept = ("bed", "hour", "age", "died")
    rows = [
        {name: ROWS[name][place] for name in kept} | {"what": what, "how_much": ROWS[what][place]}
        for place in range(5)
        for what in ("pulse", "drug")
    ]
    return pa.Table.from_pylist(rows)


FRAMES = {
    "pyarrow": pa.table(ROWS),
    "dict": ROWS,
    "pandas": pd.DataFrame(ROWS),
    "pandas-categories": pd.DataFrame(ROWS).astype({"bed": "category", "died": "category"}),
    "pandas-index": pd.DataFrame(ROWS).set_index(["bed", "hour"]),
    "polars": pl.DataFrame(ROWS),
    "polars-categories": pl.DataFrame(ROWS).with_columns(pl.col("bed", "died").cast(pl.Categorical)),
    "chunks": pa.concat_tables([pa.table(ROWS).slice(0, 2), pa.table(ROWS).slice(2)]),
}


def example():
    return from_frame(FRAMES["pyarrow"], **ROLES)


def test_each_sample_has_its_steps_in_order_of_time():
    batch = example()
    assert batch.ids.tolist() == ["b", "a"]
    assert batch.lengths.tolist() == [2, 3]
    assert batch.times.tolist() == [[0, 1.5, 0], [2, 3, 4]]
    assert batch.x[:, :, 1].tolist() == [[1, 2, 0], [4, 5, 3]]


def test_missing_values_are_not_observed():
    assert example().observed[:, :, 0].tolist() == [[True, False, False], [True, True, True]]


def test_labels_and_statics_are_one_a_sample():
    batch = example()
    assert (batch.label.tolist(), batch.static.tolist()) == ([0, 1], [[50], [70]])


def test_names_and_the_unit_of_time_are_kept():
    batch = example()
    assert (batch.feature_names, batch.static_names, batch.time_unit) == (("pulse", "drug"), ("age",), "hour")


@pytest.mark.parametrize("kind", FRAMES)
def test_every_library_gives_the_same_batch(kind):
    assert from_frame(FRAMES[kind], **ROLES).digest() == example().digest()


def test_long_and_wide_form_give_the_same_batch():
    batch = from_frame(long_rows(), **ROLES, feature="what", value="how_much", features=["pulse", "drug"])
    assert batch.digest() == example().digest()


def test_features_of_the_long_form_are_sorted_where_nothing_is_said():
    assert from_frame(long_rows(), **ROLES, feature="what", value="how_much").feature_names == ("drug", "pulse")


def test_left_padding_holds_the_same_steps():
    batch = from_frame(FRAMES["pyarrow"], **ROLES, side="left")
    assert torch.equal(batch.x[batch.exists], example().x[example().exists])
    assert batch.times.tolist() == [[0, 0, 1.5], [2, 3, 4]]


@given(seed=st.integers(0, 10_000))
def test_the_order_of_rows_changes_only_the_order_of_samples(seed):
    order = np.random.default_rng(seed).permutation(5)
    batch = from_frame(FRAMES["pyarrow"].take(order), **ROLES)
    sorted_ids = batch.take(np.argsort(batch.ids).tolist())
    assert sorted_ids.digest() == example().take([1, 0]).digest()


@pytest.mark.parametrize(
    ("times", "unit", "expected"),
    [
        (["2020-01-01T06", "2020-01-01T00"], "", [0, 6]),
        ([datetime(2020, 1, 1, 6, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)], "minute", [0, 360]),
        ([date(2020, 3, 1), date(2020, 2, 28)], "day", [0, 2]),
        ([timedelta(seconds=90), timedelta(seconds=30)], "second", [0, 60]),
        ([Decimal("2.5"), Decimal("1.5")], "", [1.5, 2.5]),
        ([7, 3], "", [3, 7]),
    ],
)
def test_dates_are_counted_from_the_first_step_and_numbers_taken_as_they_are(times, unit, expected):
    when = np.array(times, dtype="datetime64[us]") if isinstance(times[0], str) else times
    batch = from_frame({"s": ["a", "a"], "t": when, "x": [1.0, 2.0]}, sample="s", time="t", time_unit=unit)
    assert batch.times[0].tolist() == expected


def test_nanoseconds_apart_are_different_times():
    stamps = pa.array([1_700_000_000_000_000_000, 1_700_000_000_000_000_001], pa.timestamp("ns"))
    batch = from_frame({"s": ["a", "a"], "t": stamps, "x": [1.0, 2.0]}, sample="s", time="t")
    assert batch.lengths.tolist() == [2]


def test_integers_are_ids_as_they_are_written():
    batch = from_frame({"s": [7, 12], "t": [0, 0], "x": [1.0, 2.0]}, sample="s", time="t")
    assert batch.ids.tolist() == ["7", "12"]


def test_missing_classes_are_unknown():
    rows = {"s": [1, 2], "t": [0, 0], "x": [1.0, 2.0], "y": [1, None]}
    assert from_frame(rows, sample="s", time="t", label="y").label.tolist() == [1, -1]


def test_values_are_labels_of_a_regression():
    rows = {"s": [1, 2], "t": [0, 0], "x": [1.0, 2.0], "y": [0.5, 2.5]}
    assert from_frame(rows, sample="s", time="t", label="y").label.tolist() == [0.5, 2.5]


@pytest.mark.parametrize(("side", "expected"), [("right", [[0, 1], [1, -1]]), ("left", [[0, 1], [-1, 1]])])
def test_labels_may_belong_to_times(side, expected):
    rows = {"s": [1, 1, 2], "t": [0, 1, 0], "x": [1.0, 2.0, 3.0], "y": [0, 1, 1]}
    batch = from_frame(rows, sample="s", time="t", label="y", label_of="time", side=side)
    assert batch.label.tolist() == expected


def test_a_number_too_large_for_the_dtype_is_refused():
    with pytest.raises(InputError, match="x must be finite"):
        from_frame({"s": [1], "t": [0], "x": [1e300]}, sample="s", time="t")


def twice(rows):
    return {name: values + values[:2] for name, values in rows.items()}


BASE = {"s": ["a", "b"], "t": [0, 1], "x": [1.0, 2.0]}
REFUSED = {
    "repeated times": (twice(ROWS), ROLES, r"2 of 7 repeat an earlier one, such as sample 'b', time 0 hour"),
    "repeated values": (
        pa.concat_tables([long_rows()] * 2),
        ROLES | {"feature": "what", "value": "how_much"},
        r"10 of 20 repeat an earlier one, such as sample 'b', time 0 hour, feature 'drug'",
    ),
    "a label that changes": (
        ROWS, ROLES | {"label": "drug", "classes": (), "features": ["pulse"]}, "label column 'drug' must have one",
    ),
    "a static that changes": (ROWS, ROLES | {"static": ["drug"]}, r"one value for each sample, but 2 have several"),
    "a missing static": (BASE | {"z": [None, 1.0]}, {"static": ["z"]}, "static must be finite"),
    "a column that is not there": (BASE, {"static": ["zz"]}, r"static='zz' must name one column, but names none"),
    "names without their order": (ROWS, ROLES | {"classes": ()}, r"such as classes=\['no', 'yes'\]"),
    "a class that is not listed": (ROWS, ROLES | {"classes": ["no"]}, r"holds \['yes'\]"),
    "text as a feature": (BASE | {"x": ["1", "2"]}, {}, "feature column 'x' must hold numbers, but is"),
    "text as a time": (BASE | {"t": ["1", "2"]}, {}, "time column 't' must hold numbers, dates or durations"),
    "a missing time": (BASE | {"t": [None, 1]}, {}, "misses 1 of 2 values"),
    "a time that is no number": (BASE | {"t": pa.array([np.nan, 1.0])}, {}, "misses 1 of 2 values"),
    "an infinite time": (BASE | {"t": [np.inf, 1.0]}, {}, "must be finite"),
    "a missing id": (BASE | {"s": ["a", None]}, {}, "sample column 's' must be complete"),
    "an unknown unit": (BASE | {"t": [date(2020, 1, 1)] * 2}, {"time_unit": "year"}, "second, minute, hour, day"),
    "no rows": ({name: values[:0] for name, values in BASE.items()}, {}, "at least one row"),
    "no features": ({"s": ["a"], "t": [0]}, {}, "no columns for features"),
    "half a long form": (BASE, {"feature": "x"}, "needs both feature= and value="),
    "an unlisted feature": (
        long_rows(), ROLES | {"feature": "what", "value": "how_much", "features": ["drug"]}, r"holds \['pulse'\]",
    ),
    "labels of nothing": (ROWS, ROLES | {"label_of": "feature"}, "label_of must be 'sample' or 'time'"),
    "a missing value as label": (BASE | {"y": [0.5, None]}, {"label": "y"}, r"classes=\[0, 1\]"),
    "columns of unequal length": ({"s": ["a"], "t": [0, 1]}, {}, "frame must be a table"),
    "no table": ([1, 2], {}, "frame must be a table"),
    "a column twice": (pa.table([[1], [1], [2.0]], names=["s", "t", "t"]), {}, "names 2"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_the_reason(case):
    frame, roles, message = REFUSED[case]
    with pytest.raises(InputError, match=message):
        from_frame(frame, **({"sample": "s", "time": "t"} | roles))
