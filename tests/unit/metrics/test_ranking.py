"""The order of removal: seeds, blocks, and what is refused."""

import numpy as np
import pytest

from aition.core.errors import InputError
from aition.metrics import cell_count, first_cells, first_fraction, ranking, removal_order

TIED = np.zeros((2, 4, 2)), np.ones((2, 4), bool)
KEYS = np.array([1, 2])


def test_same_seed_gives_the_same_order_and_another_seed_another():
    first, again, other = (removal_order(*TIED, keys=KEYS, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_ties_of_two_samples_are_ordered_differently():
    first, second = removal_order(*TIED, keys=KEYS)
    assert (first != second).any()


def test_negative_seed_is_a_seed():
    assert np.sort(removal_order(*TIED, keys=KEYS, seed=-1)[0].ravel()).tolist() == list(range(8))


@pytest.mark.parametrize("least_first", [False, True])
def test_blocks_of_series_change_nothing(least_first, monkeypatch):
    exists = np.array([[True] * 4, [True, True, False, False], [False] * 4])
    arguments = {"keys": np.arange(3), "least_first": least_first}
    whole = removal_order(np.zeros((3, 4, 2)), exists, **arguments)
    monkeypatch.setattr(ranking, "BLOCK", 8)
    np.testing.assert_array_equal(removal_order(np.zeros((3, 4, 2)), exists, **arguments), whole)


def test_count_rounds_down_but_not_because_of_a_rounding_error():
    order = np.arange(100).reshape(1, 100, 1)
    assert 0.29 * 100 < 29
    assert [int(cell_count(order, fraction)[0]) for fraction in (0.29, 0.299, 0.003)] == [29, 29, 0]


def test_fraction_counts_existing_cells_only():
    order = removal_order(TIED[0], np.array([[True] * 4, [True, True, False, False]]), keys=KEYS)
    assert first_fraction(order, 0.5).sum(axis=(1, 2)).tolist() == [4, 2]


@pytest.mark.parametrize("fraction", [-0.1, 1.1, np.nan])
def test_fraction_outside_the_unit_interval_is_refused(fraction):
    with pytest.raises(InputError, match=r"fraction must lie in \[0, 1\], but is"):
        first_fraction(removal_order(*TIED, keys=KEYS), fraction)


@pytest.mark.parametrize("count", [[-1, 1], [1.0, 2.0]])
def test_count_that_is_no_count_is_refused(count):
    with pytest.raises(InputError, match="count must be integers from 0"):
        first_cells(removal_order(*TIED, keys=KEYS), np.array(count))


def test_count_of_another_length_is_refused():
    with pytest.raises(InputError, match=r"count must be \[sample=2\], but is \[3\]"):
        first_cells(removal_order(*TIED, keys=KEYS), np.array([1, 1, 1]))


def test_attribution_in_place_of_an_order_is_refused():
    with pytest.raises(InputError, match=r"order must be integers .* from removal_order, but is float64"):
        first_fraction(TIED[0], 0.5)


def test_keys_of_another_length_are_refused():
    with pytest.raises(InputError, match=r"keys must be \[sample=2\], but is \[3\]"):
        removal_order(*TIED, keys=np.arange(3))


def test_keys_that_are_not_integers_are_refused():
    with pytest.raises(InputError, match="keys must be integers, but are float64"):
        removal_order(*TIED, keys=np.array([0.0, 1.0]))


def test_nan_at_an_existing_cell_is_refused():
    scores = TIED[0].copy()
    scores[1, 2, 1] = np.nan
    with pytest.raises(InputError, match=r"attribution must be finite .* \[1, 2, 1\]"):
        removal_order(scores, TIED[1], keys=KEYS)
