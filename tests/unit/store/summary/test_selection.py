"""Selections and cohorts: what a page may ask."""

import numpy as np
import pytest

from aition.core.errors import InputError
from aition.store.summary.brushed import holders, together
from aition.store.summary.cohort import cohort_mask, digest_of
from aition.store.summary.pairs import pairs
from aition.store.summary.selection import Selection

COLUMNS = {
    "id": np.array(["ann", "bob", "eve"]),
    "age": np.array([30.0, 71.0, np.nan]),
    "label": np.array([0, 1, -1]),
    "unit": np.array(["a", "b", "b"]),
    "male": np.array([True, False, True]),
}


def chosen(asked, rows=None):
    return cohort_mask(asked, COLUMNS, rows).tolist()


def test_no_condition_means_all_cells(cube):
    assert Selection().mask(cube.spec).all()


def test_features_and_values_must_both_be_met(cube):
    spec = cube.spec
    both = Selection.from_json({"features": [0, 1], "values": [[1, 2], [2, 1]]})
    assert np.flatnonzero(both.value_mask(spec)).tolist() == [spec.first_value[1] + 2]


def test_spans_hold_their_ends(cube):
    mask = Selection.from_json({"time": [1, 2], "attribution": [0, 0]}).mask(cube.spec)
    assert mask.any(axis=(0, 2)).nonzero()[0].tolist() == [1, 2]
    assert mask.any(axis=(0, 1)).nonzero()[0].tolist() == [0]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ([], "must be an object"),
        ({"sql": "drop"}, "none but the keys"),
        ({"features": "0"}, "must be a list"),
        ({"features": [True]}, "must be a list of at most"),
        ({"features": []}, "must not be empty"),
        ({"values": [[1]]}, "must be pairs"),
        ({"values": [[1, 2.5]]}, "whole numbers"),
        ({"values": [[0, 0]] * 10_001}, "at most 10000"),
        ({"time": [3, 2]}, "a first and a last"),
        ({"time": [-1, 2]}, "a first and a last"),
        ({"time": None}, "whole numbers"),
    ],
)
def test_another_form_is_refused(asked, said):
    with pytest.raises(InputError, match=said):
        Selection.from_json(asked)


@pytest.mark.parametrize(
    "asked",
    [{"features": [9]}, {"values": [[0, 99]]}, {"values": [[-1, 0]]}, {"time": [0, 6]}, {"attribution": [0, 99]}],
)
def test_what_is_not_there_is_refused(cube, asked):
    with pytest.raises(InputError, match="must be 0 to"):
        Selection.from_json(asked).mask(cube.spec)


def test_a_group_that_is_not_there_is_refused(cube):
    with pytest.raises(InputError, match="group must be 0 to"):
        Selection(groups=(99,)).group_mask(cube.spec)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"all": []}, [True, True, True]),
        ({"any": []}, [False, False, False]),
        ({"column": "age", "from": 71}, [False, True, False]),
        ({"column": "age", "from": 30, "below": 71}, [True, False, False]),
        ({"column": "age", "to": 71}, [True, True, False]),
        ({"column": "label", "in": [1, -1]}, [False, True, True]),
        ({"column": "unit", "in": ["b"]}, [False, True, True]),
        ({"column": "male", "in": [True]}, [True, False, True]),
        ({"ids": ["eve", "nobody"]}, [False, False, True]),
        ({"not": {"ids": ["eve"]}}, [True, True, False]),
        ({"all": [{"ids": ["ann", "bob"]}, {"column": "label", "in": [1]}]}, [False, True, False]),
        ({"any": [{"ids": ["ann"]}, {"column": "label", "in": [1]}]}, [True, True, False]),
    ],
)
def test_a_cohort_has_those_that_meet_its_condition(asked, expected):
    assert chosen(asked) == expected


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "must have one of"),
        ({"ids": [], "all": []}, "must have one of"),
        ({"column": "age; drop", "in": [1]}, "column must be one of"),
        ({"column": ["age"], "in": [1]}, "column must be one of"),
        ({"column": "age"}, "must have in, from, to or below"),
        ({"column": "unit", "from": 1}, "must have in"),
        ({"column": "age", "in": [1], "from": 1}, "has in and from"),
        ({"column": "age", "from": "1"}, "from must be of"),
        ({"column": "age", "from": 10**400}, "from must be of"),
        ({"column": "age", "in": [10**400]}, "in must be of"),
        ({"column": "unit", "in": [1]}, "in must be of"),
        ({"ids": [1]}, "ids must be of"),
        ({"rows": {}, "at_least": 0}, "at_least must be"),
        ({"rows": {"sql": 1}}, "none but the keys"),
        ({"together": [{}]}, "must be a list of 2 to 8"),
        ({"together": [{}, {"sql": 1}]}, "none but the keys"),
        ({"together": [{}, {}]}, "must be asked of a cube"),
        ({"all": {}}, "must be a list of cohorts"),
        ({"not": []}, "must be an object"),
        ({"not": {"not": {"not": {"not": {"not": {"not": {"not": {"not": {"not": {"ids": []}}}}}}}}}}, "8 deep"),
        ({"ids": [], "from": 1}, "a cohort by ids must have none"),
    ],
)
def test_another_form_of_a_cohort_is_refused(asked, said):
    with pytest.raises(InputError, match=said):
        chosen(asked)


def test_a_cohort_by_rows_asks_for_so_many(cube):
    selection = Selection(features=(0,))
    n = np.array([sum(cube.spec.feature_of_value[piece.code // (cube.spec.n_time * cube.spec.n_attribution)] == 0)
                  for piece in (cube.piece(np.array([one])) for one in range(len(cube)))])  # fmt: skip
    for least in (1, 3, 99):
        np.testing.assert_array_equal(holders(cube, selection, least), n >= least)


def test_what_comes_together_comes_within_one_time_bin(cube):
    """Sample by sample and time by time."""
    spec = cube.spec
    asked = [{"values": [[0, 1]], "time": [1, spec.n_time - 1]}, {"features": [1]}]
    x, y = (Selection.from_json(one).mask(spec).reshape(-1) for one in asked)
    expected = []
    for one in range(len(cube)):
        codes = cube.piece(np.array([one])).code
        time = codes // spec.n_attribution % spec.n_time
        expected.append(bool(set(time[x[codes]].tolist()) & set(time[y[codes]].tolist())))
    found = cohort_mask({"together": asked}, cube.samples, None, lambda met: together(cube, met))
    assert 0 < sum(expected) < len(cube)
    np.testing.assert_array_equal(found, expected)


def test_as_many_come_together_as_pairs_count(cube):
    narrow = {"time": [0, 2], "attribution": [1, cube.spec.n_attribution - 1]}
    found = pairs(cube, np.ones(len(cube), dtype=bool), Selection.from_json(narrow), top=3)
    for i, x in enumerate(found.values):
        for j, y in enumerate(found.values):
            if x[0] != y[0]:
                met = [Selection.from_json({**narrow, "values": [list(one)]}) for one in (x, y)]
                assert together(cube, met).sum() == found.n[i, j]


def test_equal_cohorts_have_one_digest():
    assert digest_of({"column": "a", "in": [1]}) == digest_of({"in": [1], "column": "a"}) != digest_of({"all": []})
