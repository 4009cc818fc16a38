"""Bootstrap intervals: what they report, and what they refuse."""

import numpy as np
import pytest

from aition.core.errors import InputError
from aition.metrics import Bootstrap, interval

VALUES = np.random.default_rng(0).exponential(size=30)


def test_interval_counts_what_it_left_out():
    values = VALUES.copy()
    values[:4] = np.nan
    out = Bootstrap().mean(values)
    assert (out.n_sample, out.n_missing, out.level) == (26, 4, 0.95)


def test_mean_is_the_mean_of_the_samples_that_have_a_value():
    assert Bootstrap().mean(np.array([1.0, np.nan, 2.0])).mean == 1.5


def test_interval_of_equal_values_is_that_value_without_rounding():
    out = Bootstrap().mean(np.full(7, 0.1))
    assert (out.low, out.high) == (0.1, 0.1)


def test_same_seed_gives_the_same_interval_and_another_seed_another():
    first, again, other = (Bootstrap(seed=seed).mean(VALUES) for seed in (0, 0, 1))
    assert first == again != other


def test_higher_level_is_wider():
    narrow, wide = (Bootstrap(level=level).mean(VALUES) for level in (0.5, 0.99))
    assert wide.low < narrow.low < narrow.mean < narrow.high < wide.high


def test_skewed_values_move_the_corrected_interval_up():
    plain, corrected = (Bootstrap(method=method).mean(VALUES) for method in ("percentile", "bca"))
    assert corrected.low > plain.low
    assert corrected.high > plain.high


def test_paired_difference_is_narrower_than_the_parts_where_samples_agree():
    noise = np.random.default_rng(1).normal(size=30) / 100
    paired = Bootstrap().difference(VALUES + noise, VALUES)
    alone = Bootstrap().mean(VALUES)
    assert paired.high - paired.low < (alone.high - alone.low) / 10


def test_pair_with_a_missing_value_is_left_out():
    out = Bootstrap().difference(np.array([1.0, np.nan, 3.0, 4.0]), np.array([0.0, 0.0, np.nan, 2.0]))
    assert (out.mean, out.n_sample, out.n_missing) == (1.5, 2, 2)


def test_blocks_of_resamples_draw_as_many_as_asked(monkeypatch):
    monkeypatch.setattr(interval, "BLOCK", 100)
    assert Bootstrap(n_resample=50).resampled_means(VALUES).shape == (50,)


@pytest.mark.parametrize("level", [0.0, 1.0, 95])
def test_level_outside_the_open_unit_interval_is_refused(level):
    with pytest.raises(InputError, match="level must lie between 0 and 1, but is"):
        Bootstrap(level=level)


def test_too_few_resamples_for_the_level_are_refused():
    with pytest.raises(InputError, match=r"n_resample must be at least 200 for level 0\.99, but is 199"):
        Bootstrap(level=0.99, n_resample=199)


def test_unknown_method_is_refused():
    with pytest.raises(InputError, match="method must be 'bca' or 'percentile', but is 'normal'"):
        Bootstrap(method="normal")


@pytest.mark.parametrize("values", [[], [1.0], [1.0, np.nan]])
def test_fewer_than_two_values_are_refused(values):
    with pytest.raises(InputError, match="two samples or more that are not NaN"):
        Bootstrap().mean(np.array(values))


def test_infinite_value_is_refused():
    with pytest.raises(InputError, match="values must not be infinite"):
        Bootstrap().mean(np.array([1.0, np.inf]))


def test_two_infinite_values_do_not_cancel():
    with pytest.raises(InputError, match="first and second must not be infinite"):
        Bootstrap().difference(np.array([1.0, np.inf]), np.array([1.0, np.inf]))


def test_values_of_two_axes_are_refused():
    with pytest.raises(InputError, match=r"values must be \[sample\], but is \[2, 3\]"):
        Bootstrap().mean(np.zeros((2, 3)))


def test_pairs_of_unequal_number_are_refused():
    with pytest.raises(InputError, match=r"second must be \[sample=3\], but is \[2\]"):
        Bootstrap().difference(np.zeros(3), np.zeros(2))
