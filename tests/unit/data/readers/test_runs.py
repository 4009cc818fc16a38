"""Rows a part after another: nothing is lost between parts, and no step is torn."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aition.core.errors import InputError
from aition.data.readers import runs
from aition.data.readers.runs import arrays, together, whole_steps
from aition.data.readers.sql import connection

PLACES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=30).map(sorted)
IDS = ("a", "b", "c")


def parts_of(places, ends):
    """Records in parts that end anywhere."""
    rows, steps = np.asarray(places).T
    bounds = sorted({0, len(rows), *(end % len(rows) for end in ends)})
    whole = {"row": rows, "step": steps, "at": np.arange(len(rows))}
    return [{name: column[first:last] for name, column in whole.items()} for first, last in pairwise(bounds)]


@given(PLACES, st.lists(st.integers(0, 30)))
def test_whole_steps_are_all_records_in_order(places, ends):
    made = together(list(whole_steps(parts_of(places, ends), IDS, most=30)))
    assert made["at"].tolist() == list(range(len(places)))
    assert list(zip(made["row"], made["step"], strict=True)) == places


@given(PLACES, st.lists(st.integers(0, 30)))
def test_no_step_is_torn(places, ends):
    seen = [
        set(zip(part["row"], part["step"], strict=True)) for part in whole_steps(parts_of(places, ends), IDS, most=30)
    ]
    assert sum(map(len, seen)) == len(set.union(*seen)) == len(set(places))


def test_no_part_makes_no_part():
    assert list(whole_steps([], IDS, most=1)) == []


def test_a_step_with_more_records_than_are_held_is_refused_with_its_sample():
    parts = parts_of([(0, 0), *[(1, 2)] * 6], [2, 5])
    with pytest.raises(InputError, match="at most 4 records, but step 2 of 'b' has 6 and more; take shorter steps"):
        list(whole_steps(parts, IDS, most=4))


def test_rows_come_in_parts(tmp_path):
    with connection(tmp_path, memory_mb=256) as opened:
        parts = [part["n"] for part in arrays(opened, "SELECT range AS n FROM range(2_500_000) ORDER BY range")]
    assert len(parts) > 1
    assert (np.concatenate(parts) == np.arange(2_500_000)).all()


def test_rows_that_cannot_be_read_are_told(tmp_path):
    query = "SELECT CASE WHEN range = 400_000 THEN error('torn') ELSE range END AS n FROM range(500_000)"
    with connection(tmp_path, memory_mb=256) as opened, pytest.raises(InputError, match="torn"):
        list(arrays(opened, query))


def test_more_memory_holds_more_records():
    assert runs.most_records(512) == 2 * runs.most_records(256)
