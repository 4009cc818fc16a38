"""Explanations as long tables, and back."""

import io
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from aition.core.errors import ProtocolError, StoreError
from aition.core.explanation import fill_value
from aition.store.tables import Layout, arrays_of, tables_of

SIZES = {"sample": 2, "time": 3, "feature": 2, "group": 1, "merge": 0, "row": 4}
AXES = [
    (), ("sample",), ("feature",), ("sample", "time"), ("sample", "time", "feature"), ("sample", "merge"), ("row",),
    ("row", "group"), ("feature", "time"), ("sample", "group"),
]  # fmt: skip
DTYPES = ["<f2", "<f4", "<f8", ">f4", "<c8", "<c16", "|i1", "<i2", "<i4", "<i8", "|b1"]
SPECIAL = [0.0, -0.0, 1.5, -1.0, np.inf, -np.inf]


@st.composite
def variables(draw: Any) -> dict[str, Any]:
    """Some variables with fill values among their values."""
    made = {}
    for number in range(draw(st.integers(1, 5))):
        axes, dtype = draw(st.sampled_from(AXES)), np.dtype(draw(st.sampled_from(DTYPES)))
        rng = np.random.default_rng(draw(st.integers(0, 99)))
        shape = tuple(SIZES[axis] for axis in axes)
        numbers = rng.choice(SPECIAL, shape) if dtype.kind in "fc" else rng.integers(-1, 2, shape)
        array = np.asarray(numbers).astype(dtype)
        if dtype.kind == "c":
            array.imag = rng.choice([*SPECIAL, np.nan], shape)
        share = draw(st.sampled_from([0.0, 0.5, 1.0]))
        made[f"v{number}"] = (axes, np.where(rng.random(shape) < share, np.asarray(fill_value(dtype), dtype), array))
    return made


def reread(part: xr.Dataset, shard: int = 0, first: int = 0) -> xr.Dataset:
    layout = Layout.from_json(Layout.of(part, "sample").to_json())
    read = tables_of(part, layout, shard=shard, first=first).__getitem__
    arrays, labels = arrays_of(layout, read, sizes={}, shard=shard, first=first)
    return xr.Dataset(arrays, {axis: (axis, column) for axis, column in labels.items()})


@given(variables(), st.integers(0, 2**33), st.integers(0, 2**20))
def test_any_explanation_comes_back_with_every_bit(made: dict[str, Any], first: int, shard: int):
    part = xr.Dataset(made)
    back = reread(part, shard, first)
    assert list(back.data_vars) == list(part.data_vars)
    for name, array in part.data_vars.items():
        assert back[name].dims == array.dims
        assert back[name].dtype == array.dtype
        assert back[name].shape == array.shape
        np.testing.assert_array_equal(back[name].values, array.values)
        if array.dtype.kind == "f":
            np.testing.assert_array_equal(np.signbit(np.nan_to_num(back[name])), np.signbit(np.nan_to_num(array)))


@pytest.mark.parametrize(
    "labels",
    [["a", "é b", ""], np.array([3, 1, 2], dtype=np.int16), np.array([0.5, np.nan, -0.0], dtype=np.float32),
     np.array([True, False, True]), np.array([1, 2, 3], dtype=np.uint8), np.array(["x", "y", "z"], dtype="<U9")],
    ids=["strings", "integers", "floats", "bools", "unsigned", "wide-strings"],
)  # fmt: skip
def test_labels_come_back_with_their_dtype(labels: Any):
    part = xr.Dataset({"v": (("sample", "time"), np.ones((1, 3)))}, {"time": ("time", np.asarray(labels))})
    back = reread(part)
    np.testing.assert_array_equal(back["time"].values, part["time"].values)
    assert back["time"].variable.dtype == part["time"].variable.dtype


def table(part: xr.Dataset, name: str, **place: int) -> Any:
    layout = Layout.of(part, "sample")
    return pq.read_table(io.BytesIO(tables_of(part, layout, **{"shard": 0, "first": 0, **place})[name]))


def test_padded_cells_have_no_row():
    value = np.array([[1.0, 2.0, np.nan], [3.0, np.nan, np.nan]])
    part = xr.Dataset({"v": (("sample", "time"), value), "seen": (("sample", "time"), value == 2)})
    assert table(part, "sample-time").num_rows == 3


def test_a_cell_stays_where_one_variable_has_a_value():
    part = xr.Dataset({"v": (("time",), np.array([np.nan, np.nan])), "n": (("time",), np.array([-1, 5]))})
    assert table(part, "time").to_pylist() == [{"time": 1, "v": None, "n": 5}]


def test_nan_is_null_so_that_averages_leave_it_out():
    part = xr.Dataset({"v": (("sample",), np.array([np.nan, 2.0]))})
    assert table(part, "sample")["v"].null_count == 1


def test_every_sample_has_a_row_in_the_table_of_samples():
    part = xr.Dataset({"v": (("sample", "time"), np.full((3, 2), np.nan))}, {"sample": ["a", "b", "c"]})
    assert table(part, "sample", first=5).to_pylist() == [
        {"sample": 5, "id": "a"}, {"sample": 6, "id": "b"}, {"sample": 7, "id": "c"},
    ]  # fmt: skip


def test_positions_of_samples_are_those_of_the_run():
    part = xr.Dataset({"row_sample": (("row",), np.array([0, 1, 1], np.int8)), "v": (("sample",), np.ones(2))})
    assert table(part, "row", shard=2, first=10**10)["row_sample"].to_pylist() == [10**10, 10**10 + 1, 10**10 + 1]


def test_rows_of_two_shards_have_different_positions():
    part = xr.Dataset({"row_time": (("row",), np.array([0, 1]))})
    assert not set(table(part, "row", shard=0)["row"].to_pylist()) & set(table(part, "row", shard=1)["row"].to_pylist())


def test_equal_explanations_give_equal_bytes(make: Any):
    layout = Layout.of(make(3, 4, 0), "sample")
    one, other = (tables_of(make(3, 4, 0), layout, shard=0, first=0) for _ in range(2))
    assert one == other


def test_a_longer_axis_is_filled_up():
    part = xr.Dataset({"v": (("sample", "time"), np.ones((1, 2), np.int64))})
    layout = Layout.of(part, "sample")
    read = tables_of(part, layout, shard=0, first=0).__getitem__
    assert arrays_of(layout, read, sizes={"time": 4}, shard=0, first=0)[0]["v"][1].tolist() == [[1, 1, -1, -1]]


@pytest.mark.parametrize(
    ("variables", "labels", "message"),
    [
        ({"v": (("time",), np.zeros(2, np.uint8))}, {}, r"v must be of one of the dtypes b1 c16 .*, but is \|u1"),
        ({"v": (("time",), np.zeros(2, np.longdouble))}, {}, "v must be of one of the dtypes"),
        ({"v": (("scalar",), np.zeros(2))}, {}, "an axis of v is named scalar"),
        ({"v": (("time/..",), np.zeros(2))}, {}, "a name must be lower case"),
        ({"id": (("time",), np.zeros(2))}, {"time": ["a", "b"]}, "two columns of .* would be named id"),
        ({"z": (("time",), np.zeros(2, complex)), "z_real": (("time",), np.zeros(2))}, {}, "would be named z_real"),
        ({"v": (("time",), np.zeros(2))}, {"time": np.array(["2020", "2021"], "M8[Y]")}, "labels of time must"),
    ],
    ids=["unsigned", "long-double", "scalar-axis", "path-axis", "id", "real-part", "dates"],
)  # fmt: skip
def test_what_has_no_place_in_a_table_is_refused(variables: Any, labels: Any, message: str):
    with pytest.raises(ProtocolError, match=message):
        Layout.of(xr.Dataset(variables, labels), "sample")


def test_a_table_with_other_columns_is_refused(make: Any):
    one = make(3, 4, 0)
    layout = Layout.of(one, "sample")
    tables = tables_of(one, layout, shard=0, first=0)
    with pytest.raises(StoreError, match="the table time must have the columns"):
        arrays_of(layout, {**tables, "time": tables["feature"]}.__getitem__, sizes={}, shard=0, first=0)
