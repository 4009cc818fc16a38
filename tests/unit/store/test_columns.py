"""Columns of Parquet files as arrays."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aition.store.columns import as_array, read_columns

KINDS = ["int8", "int32", "int64", "uint16", "uint32", "float16", "float32", "float64", "bool"]


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_arrays_come_back_from_columns_in_any_chunks_and_slices(kind, data):
    whole = np.array(data.draw(st.lists(st.integers(0, 1), max_size=40))).astype(kind)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=3)))
    column = pa.chunked_array([pa.array(part) for part in np.split(whole, cuts)])
    first = data.draw(st.integers(0, len(whole)))
    found = as_array(column.slice(first))
    assert found.dtype == whole.dtype
    np.testing.assert_array_equal(found, whole[first:])


@pytest.mark.parametrize("kind", ["int32", "float32", "float64"])
@given(values=st.lists(st.none() | st.integers(-9, 9), min_size=1), first=st.integers(0, 9))
def test_missing_numbers_are_nan(kind, values, first):
    column = pa.array(values, pa.type_for_alias(kind)).slice(first)
    np.testing.assert_array_equal(as_array(column), [np.nan if one is None else one for one in values[first:]])


def test_floats_with_missing_ones_keep_their_precision():
    assert as_array(pa.array([1.0, None], pa.float32())).dtype == np.float32


def test_texts_are_texts():
    np.testing.assert_array_equal(as_array(pa.array(["a", "bcd"])), np.array(["a", "bcd"]))


@pytest.mark.parametrize("mapped", [True, False])
def test_columns_are_read_in_the_order_asked_for(tmp_path, mapped):
    pq.write_table(pa.table({"a": [1, 2], "b": [0.5, None], "c": ["x", "y"]}), tmp_path / "t.parquet")
    found = read_columns(tmp_path / "t.parquet", ["c", "a"], mapped=mapped)
    assert {name: column.tolist() for name, column in found.items()} == {"c": ["x", "y"], "a": [1, 2]}
    assert list(found) == ["c", "a"]
    assert list(read_columns(tmp_path / "t.parquet", mapped=mapped)) == ["a", "b", "c"]


def test_a_table_without_rows_has_columns(tmp_path):
    pq.write_table(pa.table({"a": pa.array([], pa.float32())}), tmp_path / "t.parquet")
    assert read_columns(tmp_path / "t.parquet")["a"].dtype == np.float32
