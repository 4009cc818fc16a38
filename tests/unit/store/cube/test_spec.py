"""CubeSpec: codes of cells."""

from dataclasses import replace

import numpy as np
import pytest

from aition.core.errors import InputError, StoreError
from aition.store.cube.bins import value_bins
from aition.store.cube.spec import OTHER, CubeSpec


def spec(**changes):
    features = (value_bins("a", np.arange(99.0)), value_bins("b", np.array([0.0, 1.0])))
    settings = {"time_edges": (2, 4), "n_step": 6, "attribution_edges": (-1.0, 1.0), "groups": ((0, 0), (0, 1))}
    return CubeSpec(features, **(settings | changes))


def test_a_code_is_the_place_in_an_array_of_values_times_and_attributions():
    one = spec()
    draw = np.random.default_rng(0)
    feature, step, attribution = draw.integers(0, 2, 200), draw.integers(0, 6, 200), draw.normal(0, 2, 200)
    value_bin = draw.integers(0, 3, 200)
    value, time, part = np.unravel_index(one.codes(feature, value_bin, step, attribution), one.shape)
    np.testing.assert_array_equal(one.feature_of_value[value], feature)
    np.testing.assert_array_equal(value - one.first_value[feature], value_bin)
    np.testing.assert_array_equal(time, step // 2)
    np.testing.assert_array_equal(part, np.digitize(attribution, [-1, 1]))


def test_it_comes_back_from_json():
    one = spec(attribution_range=(-2.0, 3.0), profiled=(1,), time_unit="hour")
    assert CubeSpec.from_json(one.to_json()) == one


def test_another_schema_is_refused():
    with pytest.raises(StoreError, match="aition-cube-2, but is of 'aition-cube-1'; build it anew"):
        CubeSpec.from_json(spec().to_json() | {"schema": "aition-cube-1"})


def test_a_pair_that_is_no_group_is_refused():
    with pytest.raises(InputError, match=r"no group \[1, 1\]"):
        spec().group_of(np.array([0, 1]), np.array([0, 1]))


def test_other_labels_are_one_group_where_there_is_such():
    one = spec(groups=((0, 0), (0, OTHER)))
    np.testing.assert_array_equal(one.group_of(np.array([0, 0, 0]), np.array([0, 7, 9])), [0, 1, 1])


def test_some_features_keep_their_values_in_the_order_asked_for():
    one = spec()
    assert [each.name for each in one.only((1, 0)).features] == ["b", "a"]
    np.testing.assert_array_equal(one.places((1,)), [*[-1] * one.features[0].n_bin, 0, 1, 2])


def test_a_feature_that_is_not_there_is_refused():
    with pytest.raises(InputError, match="different and 0 to 1"):
        spec().only((2,))


def test_more_cells_than_codes_are_refused():
    wide = spec(time_edges=tuple(range(1, 2**16)), n_step=2**16, attribution_edges=tuple(np.arange(200.0)))
    assert replace(wide, features=spec().features * 36).n_cell > 2**32 - 2**25
    with pytest.raises(InputError, match="must have less than"):
        replace(wide, features=spec().features * 37)


def test_specs_of_the_same_cells_have_one_digest():
    assert spec().digest == spec().digest != spec(align="end").digest
