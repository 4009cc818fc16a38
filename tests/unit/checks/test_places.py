"""Places: shares that add up, wherever padding stands, and runs of steps that hold more than is usual."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from aition.checks import Region, Shares, by_feature, by_stretch, dense_regions
from aition.checks.places import aligned, richest_run


def maps(values):
    ids, names = [f"s{place}" for place in range(len(values))], [f"f{place}" for place in range(values.shape[2])]
    axes = ("sample", "time", "feature")
    return xr.DataArray(values, dims=axes, coords={"sample": ids, "feature": names})


def test_shares_of_features_and_of_stretches_each_add_up_to_one():
    values = np.random.default_rng(0).normal(size=(6, 23, 4))
    shares = Shares.of(maps(values), np.ones((6, 23), dtype=bool))
    for parts in (by_feature(shares), by_stretch(shares)):
        assert sum(one.share.mean for one in parts) == pytest.approx(1)
        assert sum(one.size for one in parts) == pytest.approx(1)


def test_padding_on_either_side_changes_nothing():
    values = np.random.default_rng(1).normal(size=(5, 9, 2))
    bare = Shares.of(maps(values), np.ones((5, 9), dtype=bool))
    for sides in ((3, 0), (0, 3)):
        padded = np.pad(values, ((0, 0), sides, (0, 0)), constant_values=np.nan)
        exists = np.pad(np.ones((5, 9), dtype=bool), ((0, 0), sides))
        other = Shares.of(maps(padded), exists)
        np.testing.assert_allclose(other.share[:, :9], bare.share)
        region = Region("f1", 2, 4)
        assert other.inside(region).share == bare.inside(region).share
        assert region.cells(exists, ("f0", "f1")).sum() == 5 * 3


def test_steps_count_from_the_first_that_exists():
    exists = np.array([[False, True, True], [True, True, False]])
    cells = Region("a", 0, 0).cells(exists, ("a",))
    assert cells[:, :, 0].tolist() == [[False, True, False], [True, False, False]]
    assert aligned(np.array([[[0.0], [1.0], [2.0]]]), exists[:1]).ravel().tolist() == [1.0, 2.0, 0.0]


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=12))
def test_the_richest_run_is_the_best_of_all_runs(values):
    sums = {sum(values[first : last + 1]) for first in range(len(values)) for last in range(first, len(values))}
    best, first, last = richest_run(np.array(values, dtype=float))
    assert best == max(sums) == sum(values[first : last + 1])


def test_a_run_at_fixed_steps_is_found_and_a_feature_that_always_matters_or_a_motif_that_moves_is_not():
    draw = np.random.default_rng(2)
    values = draw.uniform(size=(60, 40, 3))
    values[:, :, 1] *= 20
    values[:, 5:8, 2] *= 30
    found = dense_regions(Shares.of(maps(values), np.ones((60, 40), dtype=bool)), times=3)
    assert [str(one) for one in found] == ["f2 at steps 5 to 7"]
    moving = draw.uniform(size=(60, 40, 1))
    for row, first in enumerate(draw.integers(36, size=60)):
        moving[row, first : first + 4] *= 30
    assert dense_regions(Shares.of(maps(moving), np.ones((60, 40), dtype=bool)), times=3) == ()


def test_empty_maps_have_no_places():
    shares = Shares.of(maps(np.zeros((4, 6, 2))), np.ones((4, 6), dtype=bool))
    assert dense_regions(shares) == ()
    assert by_feature(shares)[0].share.n_sample == 0
