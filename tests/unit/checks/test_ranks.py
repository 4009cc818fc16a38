import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import rankdata, spearmanr

from aition.checks.ranks import agreement, mean_ranks
from aition.core.errors import InputError

VALUES = arrays(np.int64, st.integers(2, 12), elements=st.integers(-3, 3))


def cells(values) -> xr.DataArray:
    array = np.asarray(values, dtype=np.float64)
    return xr.DataArray(
        array, dims=("sample", "time", "feature"), coords={"sample": [str(i) for i in range(len(array))]}
    )


@pytest.mark.peers
@given(VALUES)
def test_equal_values_share_their_mean_rank(values):
    np.testing.assert_allclose(mean_ranks(values), rankdata(values))


@pytest.mark.peers
@given(st.integers(0, 1000))
def test_agreement_is_spearmans_correlation_of_magnitudes(seed):
    first, second = np.random.default_rng(seed).normal(size=(2, 1, 5, 2)).round(1)
    expected = spearmanr(np.abs(first).ravel(), np.abs(second).ravel()).statistic
    assert agreement(cells(first), cells(second))[0] == pytest.approx(expected)


def test_a_monotone_change_of_scale_agrees_fully():
    values = np.random.default_rng(0).uniform(1, 2, size=(3, 4, 2))
    np.testing.assert_allclose(agreement(cells(values), cells(-(values**3))), 1.0)


def test_padding_has_no_say():
    values = np.array([[[1.0], [2.0], [3.0], [np.nan]]])
    other = np.array([[[1.0], [2.0], [3.0], [9.0]]])
    assert agreement(cells(values), cells(other)).tolist() == [1.0]


def test_a_constant_attribution_has_no_ranks_to_agree_with():
    assert np.isnan(agreement(cells(np.ones((1, 3, 1))), cells(np.arange(3.0).reshape(1, 3, 1)))).all()


def test_samples_are_matched_by_id():
    values = cells(np.random.default_rng(0).normal(size=(3, 4, 2)))
    np.testing.assert_allclose(agreement(values, values.isel(sample=[2, 0, 1])), 1.0)


def test_other_samples_are_refused():
    values = cells(np.ones((3, 4, 2)))
    with pytest.raises(InputError, match="must be of the same samples"):
        agreement(values, values.isel(sample=[0, 1]))
