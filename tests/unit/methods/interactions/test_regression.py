"""Faithful interactions of many players, by regression on drawn coalitions."""

from math import comb

import numpy as np
import pytest
import torch

from aition.core.errors import InputError
from aition.core.pairs import pairs_of
from aition.impute.coalitions import drawn, everyone
from aition.methods.interactions.indices import exact
from aition.methods.interactions.regression import regressed, unknowns


def test_with_all_coalitions_regression_is_the_exact_index() -> None:
    values = torch.randn(2, 2**6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    coalitions, weights = drawn(6, 62, seed=0)
    assert len(coalitions) == 62
    place = (coalitions * 2 ** torch.arange(6)).sum(dim=1)
    nobody = values[:, :1]
    alone, pairs = regressed(values[:, place] - nobody, values[:, -1] - values[:, 0], coalitions, weights)
    for found, wanted in zip((alone, pairs), exact(values, "fsii"), strict=True):
        torch.testing.assert_close(found, wanted)


def test_a_game_of_pairs_is_given_back_from_few_coalitions() -> None:
    n_player, draw = 20, np.random.default_rng(1)
    truth = torch.from_numpy(draw.normal(size=unknowns(n_player)))
    coalitions, weights = drawn(n_player, 2 * unknowns(n_player), seed=3)
    first, second = pairs_of(n_player)
    values = torch.cat([coalitions, coalitions[:, first] & coalitions[:, second]], dim=1).double() @ truth
    found = torch.cat(regressed(values, truth.sum(), coalitions, weights))
    torch.testing.assert_close(found, truth, atol=1e-8, rtol=0)


def test_what_is_found_adds_up_to_the_whole_exactly() -> None:
    coalitions, weights = drawn(14, 300, seed=0)
    values = torch.randn(300, generator=torch.Generator().manual_seed(2), dtype=torch.float64)[: len(coalitions)]
    alone, pairs = regressed(values, torch.tensor(1.7, dtype=torch.float64), coalitions, weights)
    assert float(alone.sum() + pairs.sum()) == pytest.approx(1.7, abs=1e-9)


@pytest.mark.parametrize(("n_player", "budget"), [(5, 30), (13, 455), (20, 1050), (32, 2640)])
def test_coalitions_differ_are_within_the_budget_and_come_with_their_complements(n_player: int, budget: int) -> None:
    coalitions, weights = drawn(n_player, budget, seed=0)
    rows = {tuple(row) for row in coalitions.tolist()}
    assert len(rows) == len(coalitions) == len(weights)
    assert 0.97 * budget <= len(coalitions) <= budget + n_player
    if n_player % 2:
        assert all(tuple(not one for one in row) in rows for row in rows)
    assert (False,) * n_player not in rows
    assert (True,) * n_player not in rows


def test_sizes_weigh_what_the_shapley_kernel_says() -> None:
    n_player = 15
    coalitions, weights = drawn(n_player, 600, seed=0)
    size = coalitions.sum(dim=1)
    for one in range(1, n_player):
        assert float(weights[size == one].sum()) == pytest.approx(1 / (one * (n_player - one)))


def test_all_coalitions_of_small_sizes_are_asked() -> None:
    coalitions, _ = drawn(13, 500, seed=0)
    size = coalitions.sum(dim=1)
    assert int((size == 1).sum()) == int((size == 12).sum()) == 13
    assert int((size == 2).sum()) <= comb(13, 2)


def test_another_seed_draws_other_coalitions_and_the_same_seed_the_same() -> None:
    one, again, other = (drawn(14, 300, seed=seed)[0] for seed in (0, 0, 1))
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


@pytest.mark.parametrize("budget", [0, 1, 20, 80, 117])
def test_a_budget_that_leaves_a_number_open_is_refused(budget: int) -> None:
    coalitions, weights = drawn(12, budget, seed=0)
    values = torch.zeros(len(coalitions), dtype=torch.float64)
    with pytest.raises(InputError, match=r"coalitions tell \d+ of the 78 numbers .* larger, such as 782"):
        regressed(values, torch.tensor(0.0, dtype=torch.float64), coalitions, weights)


def test_a_budget_that_is_not_refused_gives_a_game_of_pairs_back() -> None:
    truth = torch.from_numpy(np.random.default_rng(4).normal(size=unknowns(12)))
    first, second = pairs_of(12)
    taken = 0
    for budget in range(70, 220, 10):
        coalitions, weights = drawn(12, budget, seed=0)
        values = torch.cat([coalitions, coalitions[:, first] & coalitions[:, second]], dim=1).double() @ truth
        try:
            found = torch.cat(regressed(values, truth.sum(), coalitions, weights))
        except InputError:
            continue
        taken += 1
        torch.testing.assert_close(found, truth, atol=1e-7, rtol=0)
    assert 5 <= taken < 15


def test_coalitions_of_everyone_are_numbered_by_their_bits() -> None:
    assert (everyone(4) * 2 ** torch.arange(4)).sum(dim=1).tolist() == list(range(16))
