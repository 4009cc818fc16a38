"""Likeness of a change to a pattern: laws, a slow literal version, and what is refused."""

import numpy as np
import pytest

from aition.core.errors import InputError
from aition.metrics import active_share, energy_within, pattern_likeness
from aition.metrics.pattern import within

RANDOM = np.random.default_rng(0)
PATTERN = RANDOM.normal(size=(5, 2))


def planted(place: int, *, size: float = 1.0) -> np.ndarray:
    change = np.zeros((1, 20, 2))
    change[0, place : place + 5] = size * PATTERN
    return change


@pytest.mark.parametrize("local", [False, True])
def test_a_planted_pattern_is_found_where_it_is_whatever_its_size(local):
    for place in (0, 7, 15):
        for size in (1e-3, 1.0, 1e3):
            likeness, where = pattern_likeness(planted(place, size=size), PATTERN, local=local)
            assert likeness == pytest.approx(1)
            assert where.tolist() == [place]


@pytest.mark.parametrize("local", [False, True])
def test_it_is_the_largest_of_cosines_taken_one_by_one(local):
    change = RANDOM.normal(size=(6, 20, 2))
    likeness, where = pattern_likeness(change, PATTERN, local=local)
    for row, one in enumerate(change):
        each = []
        for place in range(16):
            size = np.linalg.norm(one[place : place + 5] if local else one)
            each.append((one[place : place + 5] * PATTERN).sum() / size / np.linalg.norm(PATTERN))
        assert likeness[row] == pytest.approx(max(each))
        assert where[row] == np.argmax(each)


def test_what_is_changed_elsewhere_counts_against_the_whole_likeness_alone():
    change = planted(3)
    change[0, 15] = 5.0
    assert pattern_likeness(change, PATTERN)[0][0] < 0.8
    assert pattern_likeness(change, PATTERN, local=True)[0] == pytest.approx(1)


def test_no_change_is_like_nothing_and_padding_is_no_change():
    assert pattern_likeness(np.zeros((2, 20, 2)), PATTERN)[0].tolist() == [0, 0]
    padded = np.concatenate([planted(4), np.full((1, 3, 2), np.nan)], axis=1)
    assert pattern_likeness(padded, PATTERN)[0] == pytest.approx(1)
    assert active_share(padded) == pytest.approx(5 / 20)


def test_a_change_below_a_least_size_is_none():
    assert active_share(np.array([[[0.01], [0.5]]]), least=0.02).tolist() == [0.5]


def test_windows_share_the_whole_energy():
    change = RANDOM.normal(size=(3, 20, 2))
    parts = [energy_within(change, np.full(3, place), 5) for place in range(0, 20, 5)]
    assert np.allclose(sum(parts), 1)
    assert np.isnan(energy_within(np.zeros((1, 4, 1)), np.array([0]), 2))[0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pattern_likeness(np.zeros((2, 9)), PATTERN), r"must be \[sample, time, feature\]"),
        (lambda: pattern_likeness(np.zeros((2, 4, 2)), PATTERN), "of 1 to 4 steps"),
        (lambda: pattern_likeness(np.zeros((2, 9, 1)), PATTERN), "feature=1"),
        (lambda: pattern_likeness(np.zeros((2, 9, 2)), 0 * PATTERN), "not 0 everywhere"),
        (lambda: energy_within(np.zeros((2, 9, 1)), np.array([1]), 2), r"\[sample=2\]"),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_a_small_pattern_beside_a_large_change_is_found_whole():
    change = planted(10, size=1e-6)
    change[0, 1] = 1e4
    likeness, place = pattern_likeness(change, PATTERN, local=True)
    energy = np.einsum("sf,sf->", change[0, 10:15], change[0, 10:15])
    assert np.sqrt(within(change, 5)[0, 10]) == pytest.approx(np.sqrt(energy))
    assert (likeness[0], place[0]) == (pytest.approx(1.0), 10)
