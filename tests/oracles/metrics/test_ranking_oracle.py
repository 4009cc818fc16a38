"""The order of removal against a literal sort, and its chance against the published splitmix64 sequence."""

import numpy as np
import pytest

from aition.metrics import cell_count, first_cells, first_fraction, removal_order
from aition.metrics.ranking import mixed

WORD = 2**64


def literal_splitmix64(state):
    word = (state + 0x9E3779B97F4A7C15) % WORD
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) % WORD
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) % WORD
    return word ^ (word >> 31)


def literal_order(scores, exists, key, seed, *, least_first):
    """Cells sorted by (falling score, chance), the chance mixed one coordinate a round."""
    start = min(t for t in range(len(exists)) if exists[t])
    cells = []
    for t in range(len(exists)):
        if exists[t]:
            for f in range(scores.shape[1]):
                chance = literal_splitmix64(key % WORD ^ literal_splitmix64(seed % WORD))
                chance = literal_splitmix64(chance ^ (t - start))
                chance = literal_splitmix64(chance ^ f)
                cells.append((-scores[t, f], chance, (t, f)))
    cells.sort()
    if least_first:
        cells.reverse()
    order = np.full(scores.shape, -1)
    for number, (_, _, cell) in enumerate(cells):
        order[cell] = number
    return order


@pytest.mark.parametrize("least_first", [False, True])
@pytest.mark.parametrize("decimals", [12, 1, 0], ids=["distinct", "ties", "hard mask"])
def test_order_is_a_literal_sort(decimals, least_first):
    generator = np.random.default_rng(2)
    scores = generator.random((5, 8, 3)).round(decimals)
    exists = np.arange(8)[None] < np.array([8, 5, 1, 7, 3])[:, None]
    exists[1] = exists[1, ::-1]
    keys = generator.integers(-(2**63), 2**63, 5)
    order = removal_order(scores, exists, keys=keys, seed=11, least_first=least_first)
    for i in range(5):
        expected = literal_order(scores[i], exists[i], int(keys[i]), 11, least_first=least_first)
        np.testing.assert_array_equal(order[i], expected)


@pytest.mark.parametrize(("state", "word"), [(0, 0xE220A8397B1DCDAF), (1234567, 6457827717110365317)])
def test_mixing_round_gives_the_first_word_of_splitmix64(state, word):
    assert mixed(np.array([state], dtype=np.uint64)).tolist() == [word]


@pytest.mark.parametrize("fraction", [0.0, 0.1, 0.29, 0.5, 0.7, 1.0])
def test_fraction_takes_the_first_cells_one_by_one(fraction):
    generator = np.random.default_rng(4)
    exists = np.arange(10)[None] < np.array([10, 4, 1])[:, None]
    order = removal_order(generator.random((3, 10, 10)), exists, keys=np.arange(3))
    count = cell_count(order, fraction)
    mask = first_fraction(order, fraction)
    for i, n_cell in enumerate([100, 40, 10]):
        expected = round(fraction * 100) * n_cell // 100
        assert count[i] == expected
        cells = {(t, f) for t in range(10) for f in range(10) if 0 <= order[i, t, f] < expected}
        assert {(int(t), int(f)) for t, f in np.argwhere(mask[i])} == cells
        assert len(cells) == expected


def test_first_cells_takes_all_where_a_series_has_fewer():
    order = removal_order(np.zeros((1, 3, 1)), np.array([[True, True, False]]), keys=np.array([1]))
    assert first_cells(order, np.array([5])).ravel().tolist() == [True, True, False]
