import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from aition.view.plots.colours import scale_of
from aition.view.plots.strips import strips_of

GAPS = arrays(np.float64, st.integers(1, 40), elements=st.floats(0, 100, allow_subnormal=False))


@given(GAPS)
def test_every_step_lies_in_its_strip_and_strips_do_not_overlap(gaps):
    times = np.cumsum(gaps)
    strips = strips_of(times)
    assert (np.diff(strips.edges) >= 0).all()
    assert (strips.edges[::2] <= times).all()
    assert (times <= strips.edges[1::2]).all()


@given(st.integers(1, 3000), st.integers(1, 700))
def test_every_step_is_in_one_column(n_time, most):
    strips = strips_of(np.arange(n_time, dtype=float), most=most)
    assert len(strips.steps) <= most
    assert np.concatenate([np.arange(first, last) for first, last in strips.steps]).tolist() == list(range(n_time))


def test_a_strip_does_not_reach_far_into_a_gap():
    edges = strips_of(np.array([0.0, 1, 2, 3, 100])).edges
    assert edges[7] == pytest.approx(3.75)
    assert edges[8] == pytest.approx(99.25)


def test_the_strongest_of_a_column_keeps_its_sign():
    strips = strips_of(np.arange(6.0), most=2)
    values = np.array([[1.0], [-3.0], [np.nan], [np.nan], [np.nan], [np.nan]])
    columns = strips.strongest(values)
    assert columns[0, 0] == -3.0
    assert np.isnan(columns[1, 0])


def test_a_mean_leaves_out_what_is_missing():
    strips = strips_of(np.arange(4.0), most=2)
    np.testing.assert_array_equal(strips.mean(np.array([1.0, np.nan, np.nan, np.nan])), [1.0, np.nan])


def test_a_few_extreme_cells_do_not_bleach_the_others():
    values = np.ones(1000)
    values[:2] = 1000.0
    scale = scale_of(values, signed=True)
    assert scale.limit == 1.0
    assert scale.extend == "both"


def test_a_scale_reaches_the_largest_attribution_where_it_is_not_extreme():
    scale = scale_of(np.linspace(-2, 3, 500), signed=True)
    assert (scale.low, scale.limit, scale.extend) == (-3.0, 3.0, "neither")


def test_a_scale_without_attributions_is_still_a_scale():
    assert scale_of(np.full(3, np.nan), signed=False).limit == 1.0


@pytest.mark.parametrize("signed", [True, False])
def test_nothing_is_white_and_size_darkens(signed):
    colours = scale_of(np.array([1.0, -1.0][: 1 + signed]), signed=signed).colours()
    bright = np.array([sum(colours(place)[:3]) for place in np.linspace(0.5 if signed else 0.0, 1, 9)])
    assert bright[0] > 2.8
    assert (np.diff(bright) < 0).all()
