"""Interaction indices beside their definitions, written out."""

from itertools import combinations
from math import comb, factorial

import numpy as np
import pytest
import torch
from torch import Tensor

from aition.core.pairs import pairs_of
from aition.impute.coalitions import everyone
from aition.methods.interactions.indices import INDICES, dividends, exact

N = 5


def game(seed: int = 0, n_player: int = N) -> Tensor:
    return torch.randn(2**n_player, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def number(members: tuple[int, ...]) -> int:
    return sum(1 << member for member in members)


def parts(players: tuple[int, ...]) -> list[tuple[int, ...]]:
    return [part for size in range(len(players) + 1) for part in combinations(players, size)]


def without(*players: int) -> tuple[int, ...]:
    return tuple(one for one in range(N) if one not in players)


def mixed(values: Tensor, first: int, second: int, company: tuple[int, ...]) -> float:
    with_both, with_first, with_second, with_none = (
        float(values[number((*company, *added))]) for added in ((first, second), (first,), (second,), ())
    )
    return with_both - with_first - with_second + with_none


def test_dividends_of_the_parts_add_up_to_the_score() -> None:
    values = game()
    found = dividends(values)
    for members in parts(tuple(range(N))):
        total = sum(float(found[number(part)]) for part in parts(members))
        assert total == pytest.approx(float(values[number(members)]), abs=1e-12)


@pytest.mark.parametrize("index", INDICES)
def test_main_effects_and_pairs_add_up_to_the_whole(index: str) -> None:
    values = game(1)
    alone, pairs = exact(values, index)  # type: ignore[arg-type]
    assert float(alone.sum() + pairs.sum()) == pytest.approx(float(values[-1] - values[0]), abs=1e-10)


def test_k_sii_of_a_pair_is_the_mean_mixed_difference_over_companies_by_size() -> None:
    values = game(2)
    _, pairs = exact(values, "k-sii")
    for place, (first, second) in enumerate(combinations(range(N), 2)):
        literal = sum(
            factorial(N - len(company) - 2) * factorial(len(company)) / factorial(N - 1)
            * mixed(values, first, second, company)
            for company in parts(without(first, second))
        )  # fmt: skip
        assert float(pairs[place]) == pytest.approx(literal, abs=1e-10)


def test_k_sii_with_half_of_each_pair_is_the_shapley_value() -> None:
    values = game(3)
    alone, pairs = exact(values, "k-sii")
    first, second = pairs_of(N)
    for player in range(N):
        literal = sum(
            (float(values[number((*company, player))]) - float(values[number(company)]))
            / (N * comb(N - 1, len(company)))
            for company in parts(without(player))
        )
        half = float(pairs[(first == player) | (second == player)].sum()) / 2
        assert float(alone[player]) + half == pytest.approx(literal, abs=1e-10)


def test_stii_of_a_pair_is_the_mean_mixed_difference_over_orders() -> None:
    values = game(4)
    alone, pairs = exact(values, "stii")
    for place, (first, second) in enumerate(combinations(range(N), 2)):
        literal = sum(
            2 / N / comb(N - 1, len(company)) * mixed(values, first, second, company)
            for company in parts(without(first, second))
        )
        assert float(pairs[place]) == pytest.approx(literal, abs=1e-10)
    assert alone.tolist() == pytest.approx([float(values[1 << one] - values[0]) for one in range(N)], abs=1e-12)


def test_fsii_is_the_best_pairwise_game_by_the_shapley_kernel() -> None:
    values = game(5)
    alone, pairs = exact(values, "fsii")
    member = everyone(N).double().numpy()
    first, second = (side.numpy() for side in pairs_of(N))
    design = np.hstack([member, member[:, first] * member[:, second]])[1:-1]
    size = member.sum(axis=1)[1:-1]
    weight = np.array([1 / (comb(N, int(one)) * one * (N - one)) for one in size])
    y = (values - values[0]).numpy()
    sums = np.ones((1, design.shape[1]))
    left = np.block([[design.T @ (weight[:, None] * design), sums.T], [sums, np.zeros((1, 1))]])
    right = np.concatenate([design.T @ (weight * y[1:-1]), y[-1:]])
    best = np.linalg.solve(left, right)[:-1]
    np.testing.assert_allclose(np.concatenate([alone.numpy(), pairs.numpy()]), best, atol=1e-10)


@pytest.mark.parametrize("index", INDICES)
def test_a_game_of_pairs_is_given_back(index: str) -> None:
    draw = np.random.default_rng(6)
    alone, pairs = torch.from_numpy(draw.normal(size=N)), torch.from_numpy(draw.normal(size=comb(N, 2)))
    member = everyone(N)
    first, second = pairs_of(N)
    values = 0.7 + member.double() @ alone + (member[:, first] & member[:, second]).double() @ pairs
    found = exact(values, index)  # type: ignore[arg-type]
    torch.testing.assert_close(found[0], alone)
    torch.testing.assert_close(found[1], pairs)


@pytest.mark.parametrize("index", INDICES)
def test_a_player_who_changes_nothing_changes_nothing_for_others(index: str) -> None:
    few = game(7, 3)
    many = few.repeat(2)
    alone, pairs = exact(few, index)  # type: ignore[arg-type]
    more_alone, more_pairs = exact(many, index)  # type: ignore[arg-type]
    torch.testing.assert_close(more_alone, torch.cat([alone, alone.new_zeros(1)]))
    first, second = pairs_of(4)
    torch.testing.assert_close(more_pairs[second < 3], pairs)
    assert float(more_pairs[second == 3].abs().max()) < 1e-12
    assert len(first) == 6


@pytest.mark.peers
@pytest.mark.parametrize(("index", "theirs"), [("fsii", "FSII"), ("k-sii", "k-SII"), ("stii", "STII")])
def test_exact_indices_are_those_of_shapiq(index: str, theirs: str) -> None:
    import shapiq

    values = game(8)
    place = 1 << np.arange(N)
    found = shapiq.ExactComputer(lambda coalitions: values.numpy()[(coalitions * place).sum(axis=1)], N)(theirs, 2)
    alone, pairs = exact(values, index)  # type: ignore[arg-type]
    np.testing.assert_allclose(alone.numpy(), [found[(one,)] for one in range(N)], atol=1e-7)
    np.testing.assert_allclose(pairs.numpy(), [found[pair] for pair in combinations(range(N), 2)], atol=1e-7)
