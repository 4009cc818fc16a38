"""Bins: where values and attributions part."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aition.core.errors import InputError
from aition.store.cube.bins import SHARES, FeatureBins, attribution_edges, even_mass, reached, value_bins


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@given(data=st.data())
def test_edges_reached_are_those_that_a_search_finds(dtype, data):
    edges = sorted(set(data.draw(st.lists(st.floats(-1e3, 1e3), max_size=9))))
    near = np.array([*edges, *np.nextafter(edges, 9e9), 0.0], dtype=dtype)
    value = np.concatenate([near, np.array(data.draw(st.lists(st.floats(-2e3, 2e3))), dtype=dtype)])
    np.testing.assert_array_equal(reached(edges, value), np.searchsorted(edges, value.astype("f8"), side="right"))


def test_an_edge_beyond_single_precision_is_reached_by_none():
    np.testing.assert_array_equal(reached((1e300,), np.array([3e38], dtype="f4")), [0])


def test_what_was_not_measured_is_in_bin_0():
    bins = value_bins("a", np.array([1.0, 2.0, np.nan]))
    np.testing.assert_array_equal(bins.bins(np.array([np.nan, 1.0, 2.0])), [0, 1, 2])


def test_few_values_have_a_bin_each():
    bins = value_bins("a", np.array([3.0, 1.0, 3.0]))
    assert (bins.kind, bins.labels) == ("category", ("1", "3"))


def test_many_values_part_in_bins_of_equal_mass():
    value = np.random.default_rng(0).normal(size=10_001)
    counts = np.bincount(value_bins("a", value, n_bin=5).bins(value))[1:]
    assert counts.min() > 1990
    assert counts.max() < 2010


def test_ties_lie_in_one_bin():
    value = np.repeat(np.arange(10.0), [1, 1, 1, 1, 900, 1, 1, 1, 1, 92])
    bins = value_bins("a", value)
    assert len(set(bins.bins(value[value == 4]).tolist())) == 1
    assert bins.kind == "quantile"


def test_a_frequent_smallest_value_is_alone_and_the_others_part_evenly():
    value = np.concatenate([np.zeros(8500), np.random.default_rng(0).gamma(2, size=1500)])
    counts = np.bincount(value_bins("dose", value, n_bin=5).bins(value))[1:]
    assert counts[0] == 8500
    assert counts[1:].tolist() == pytest.approx([375] * 4, abs=2)


def test_a_frequent_value_between_others_is_alone():
    some = np.random.default_rng(0).uniform(1, 2, size=1000)
    value = np.concatenate([-some, np.zeros(8000), some])
    bins = value_bins("balance", value)
    alone = set(bins.bins(value[value == 0]).tolist())
    assert len(alone) == 1
    assert not alone & set(bins.bins(value[value != 0]).tolist())


@given(value=st.lists(st.integers(0, 30).map(float), min_size=1, max_size=200), n_bin=st.integers(1, 9))
def test_no_bin_of_values_is_empty_and_none_more_than_asked_for(value, n_bin):
    edges = even_mass(np.sort(np.array(value)), n_bin)
    counts = np.bincount(np.searchsorted(edges, value, side="right"), minlength=len(edges) + 1)
    assert len(counts) <= n_bin
    assert counts.min() > 0


def test_given_cuts_are_the_edges():
    bins = value_bins("lactate", np.arange(9.0), cuts=[4, 2])
    assert (bins.kind, bins.edges, bins.labels) == ("cuts", (2.0, 4.0), ("< 2", "2 – 4", "≥ 4"))


def test_one_value_or_none_is_presence():
    assert [value_bins("a", np.array(seen)).kind for seen in ([], [np.nan], [7.0, 7.0])] == ["presence"] * 3


def test_labels_tell_close_edges_apart():
    assert value_bins("a", np.arange(9.0), cuts=[1.00001, 1.00002]).labels[1] == "1.00001 – 1.00002"


def parted(attribution, measured=True, **shares):
    """Edges, and the rows in each bin."""
    edges = attribution_edges(attribution, np.broadcast_to(measured, attribution.shape), **shares)
    return edges, reached(edges, attribution)


def test_edges_are_the_quantiles_of_attributions_and_zero():
    attribution = np.random.default_rng(0).normal(size=10_000).astype("f4")
    edges, _ = parted(attribution)
    assert edges == tuple(sorted({0.0, *np.quantile(attribution, SHARES, method="higher").tolist()}))
    assert len(edges) == len(SHARES) + 1


def test_edges_are_those_of_measured_rows():
    draw = np.random.default_rng(0)
    measured = np.arange(10_000) % 3 == 0
    attribution = np.where(measured, draw.normal(size=10_000), 0.001 * draw.normal(size=10_000))
    assert parted(attribution, measured)[0] == parted(attribution[measured])[0]


def test_where_nothing_was_measured_all_rows_part():
    attribution = np.random.default_rng(0).normal(size=1000)
    assert parted(attribution, False)[0] == parted(attribution)[0]


def test_bins_of_the_tails_hold_few_rows_and_those_of_the_middle_many():
    attribution = np.random.default_rng(0).normal(size=10_000)
    n = np.bincount(parted(attribution)[1])
    assert (n[0], n.max(), n[-1]) == (10, 1000, 10)


@pytest.mark.parametrize("share", [0.051, 0.7, 0.999])
def test_a_frequent_zero_has_a_bin_of_its_own(share):
    draw = np.random.default_rng(0)
    attribution = np.where(np.arange(10_000) < share * 10_000, 0, draw.normal(size=10_000)).astype("f4")
    _, bins = parted(attribution)
    alone = set(bins[attribution == 0].tolist())
    assert len(alone) == 1
    assert not alone & set(bins[attribution != 0].tolist())


def test_the_smallest_attribution_is_apart_from_a_frequent_zero():
    attribution = np.concatenate([np.zeros(50), np.linspace(1, 2, 50)]).astype("f4")
    edges, _ = parted(attribution)
    assert reached(edges, np.array([0, 1e-45, -0.0], dtype="f4")).tolist() == [0, 1, 0]


def test_a_frequent_zero_takes_no_edge_from_the_others():
    draw = np.random.default_rng(0)
    some = draw.normal(size=1000)
    assert set(parted(some)[0]) <= set(parted(np.concatenate([some, np.zeros(3000)]))[0])


@pytest.mark.parametrize("zeros", [0, 1, 900])
@pytest.mark.parametrize(("low", "high"), [(1, 2), (-2, -1), (-1, 1)])
def test_no_bin_is_empty(low, high, zeros):
    edges, bins = parted(np.concatenate([np.linspace(low, high, 100), np.zeros(zeros)]))
    assert np.bincount(bins, minlength=len(edges) + 1).min() > 0


def test_few_attributions_have_a_bin_each():
    attribution = np.repeat([-1.0, 0.0, 0.5, 2.0], [400, 9000, 300, 300])
    _, bins = parted(attribution)
    assert len({(one, other) for one, other in zip(attribution.tolist(), bins.tolist(), strict=True)}) == 4
    assert len(set(bins.tolist())) == 4


def test_one_attribution_has_one_bin():
    assert parted(np.array([0.0, 0.0]))[0] == parted(np.array([]))[0] == ()


def test_edges_must_increase():
    with pytest.raises(InputError, match="must increase, with one label more"):
        FeatureBins("a", "cuts", (2.0, 1.0), ("x", "y", "z"))


def test_bins_come_back_from_json():
    bins = value_bins("a", np.arange(99.0), unit="mmol/l")
    assert FeatureBins.from_json(bins.to_json()) == bins
