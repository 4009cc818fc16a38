"""Sums by code and place: nothing is lost, and parts change nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aition.view.plots import sums
from aition.view.plots.sums import NOWHERE, in_shares, places_of, range_of, sums_of


def drawn(seed, number=60, n_code=4):
    generator = np.random.default_rng(seed)
    value = np.where(generator.random(number) < 0.8, generator.normal(size=number).round(1), np.nan)
    return generator.integers(0, n_code, number), value, generator.normal(size=number)


def summed(code, value, attribution):
    return sums_of(code, places_of(value), np.nan_to_num(value), attribution)


def same(one, other):
    assert one.halved == other.halved
    for name in sums.COLUMNS:
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-12, atol=1e-12, err_msg=name)


@given(st.integers(0, 20), st.integers(1, 59))
def test_parts_change_nothing(seed, cut):
    columns = drawn(seed)
    parts = (summed(*(column[:cut] for column in columns)), summed(*(column[cut:] for column in columns)))
    same(parts[0] + parts[1], summed(*columns))


@given(st.integers(0, 20), st.integers(1, 59))
def test_parts_change_nothing_where_places_are_put_together(seed, cut):
    columns = drawn(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sums, "MOST", 20)
        parts = (summed(*(column[:cut] for column in columns)), summed(*(column[cut:] for column in columns)))
        whole = summed(*columns)
        assert len(whole.code) <= 20
        same(parts[0] + parts[1], whole)


@given(st.integers(0, 20))
def test_putting_places_together_loses_no_event_and_no_attribution(seed):
    code, value, attribution = drawn(seed)
    fine = summed(code, value, attribution)
    rough = fine.coarser(9)
    assert len(rough.code) < len(fine.code)
    for name in ("n_event", "signed", "size", "squares"):
        np.testing.assert_allclose(getattr(rough, name).sum(), getattr(fine, name).sum())


def test_events_without_a_value_stay_by_themselves_however_rough_the_places():
    code, value, attribution = drawn(1)
    rough = summed(code, value, attribution).coarser(15)
    bare = rough.place == NOWHERE
    assert rough.n_event[bare].sum() == np.isnan(value).sum()
    np.testing.assert_allclose(rough.size[bare].sum(), np.abs(attribution[np.isnan(value)]).sum())


@given(st.lists(st.floats(-(2.0**99), 2.0**99, width=32), min_size=2, max_size=2))
def test_places_rise_with_the_values(values):
    low, high = sorted(values)
    first, second = places_of(np.array([low, high]))
    assert first <= second


@given(st.floats(2.0**-99, 2.0**99, width=32))
def test_values_in_one_place_differ_by_less_than_four_thousandths(value):
    there = places_of(np.array([value, value * 1.004, -value, -value * 1.004]))
    assert there[0] < there[1]
    assert there[3] < there[2]


@given(st.integers(0, 20), st.integers(1, 7))
def test_shares_hold_about_as_many_events_each(seed, number):
    generator = np.random.default_rng(seed)
    value = generator.normal(size=70)
    bins = in_shares(summed(np.zeros(70, dtype=int), value, value), number)
    assert bins.n_event.sum() == 70
    assert np.abs(bins.n_event - 70 / number).max() <= 2
    assert (bins.low[1:] > bins.high[:-1]).all()


def test_equal_values_are_never_parted():
    value = np.array([1.0] * 8 + [2.0, 3.0])
    bins = in_shares(summed(np.zeros(10, dtype=int), value, value), 5)
    assert bins.low.tolist() == [1, 2]
    assert bins.n_event.tolist() == [8, 2]


def test_shares_are_of_each_code_by_itself():
    code = np.repeat([0, 3], 10)
    value = np.concatenate([np.arange(10.0), 100 + np.arange(10.0)])
    bins = in_shares(summed(code, value, value), 2)
    assert bins.code.tolist() == [0, 0, 3, 3]
    assert bins.low.tolist() == [0, 5, 100, 105]


@pytest.mark.parametrize(
    ("value", "words"), [([2.0, 3.0], "2 to 3"), ([2.0, 2.0], "2"), ([np.nan, np.nan], "no value")]
)
def test_the_values_of_an_entry_are_told_as_a_range(value, words):
    bins = in_shares(summed(np.zeros(2, dtype=int), np.array(value), np.ones(2)), 1)
    assert range_of(bins, 0) == words
