"""What looks real, and what is a copy."""

import numpy as np
import pytest

from aition.core.realism import are_copies, looks_unreal


@pytest.mark.parametrize("n_twice", [0, 4, 10, 39])
def test_real_series_that_are_there_twice_change_nothing_about_copies(n_twice):
    real = np.linspace(1.0, 2.0, 40)
    distance = np.array([0.0, 0.9 * np.quantile(real, 0.05), 1.5])
    twice = np.concatenate([np.zeros(2 * n_twice), real])
    assert are_copies(distance, twice).tolist() == are_copies(distance, real).tolist() == [True, True, False]


def test_where_all_real_series_are_one_only_the_same_is_a_copy():
    assert are_copies(np.array([0.0, 1e-3]), np.zeros(5)).tolist() == [True, False]


def test_a_change_may_be_near_to_a_real_series_step_by_step_and_not_otherwise():
    said = np.array([[0.0, 0.0, 99.5, np.nan]])
    judges = ("timing", "spectrum", "neighbours", "isolation")
    assert looks_unreal(said, judges).tolist() == [[True, True, True, False]]
    assert looks_unreal(said, judges, changed=True).tolist() == [[False, True, True, False]]
    assert looks_unreal(said[:, [2]], ("timing",), changed=True).tolist() == [[True]]
