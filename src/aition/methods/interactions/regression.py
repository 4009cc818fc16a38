"""Faithful Shapley interactions of many players, by weighted regression on some coalitions."""

from math import comb

import numpy as np
import torch
from torch import Tensor

from aition.core.errors import InputError
from aition.core.pairs import pairs_of

ENOUGH = 10
"""Coalitions for each number that is looked for: measured in ``benchmarks/bench_interactions.py``."""


def unknowns(n_player: int) -> int:
    """Main effects and pairs."""
    return n_player + comb(n_player, 2)


def drawn(n_player: int, budget: int, *, seed: int) -> tuple[Tensor, Tensor]:
    """Coalitions to ask, and how much each weighs.

    Sizes are taken from the outside inwards, each with its complement: whole where the budget reaches, else some drawn
    without replacement, as many of each size as its weight asks. What a size weighs is the Shapley kernel's.

    Args:
        n_player: Three or more.
        budget: Coalitions beside nobody and all.
        seed: The draws hang on it and on the two numbers alone.

    Returns:
        Who is present, bool, ``[coalition, player]``, and weights, ``[coalition]``, float64; nobody and all, which
        weigh infinitely, are not among them.

    References:
        Covert and Lee, "Improving KernelSHAP: practical Shapley value estimation using linear regression", AISTATS
        2021, section 3; Tsai, Yeh and Ravikumar, "Faith-Shap", JMLR 2023, equation 17.
    """
    draw = np.random.default_rng([seed, n_player, budget])
    mass = {size: 1 / (size * (n_player - size)) for size in range(1, n_player)}
    left, rows, weights = budget, [torch.zeros(0, n_player, dtype=torch.bool)], [torch.zeros(0, dtype=torch.float64)]
    for size in range(1, n_player // 2 + 1):
        sides = 1 if 2 * size == n_player else 2
        share = left * mass[size] / sum(mass[one] for one in range(size, n_player - size + 1))
        if share >= comb(n_player, size):
            half = whole_size(n_player, size)
        elif round(share) > 0:
            half = some_of_size(n_player, size, round(share), draw)
        else:
            continue
        taken = half if sides == 1 else torch.cat([half, ~half])
        rows.append(taken)
        weights.append(torch.full((len(taken),), sides * mass[size] / len(taken), dtype=torch.float64))
        left -= len(taken)
    return torch.cat(rows), torch.cat(weights)


def whole_size(n_player: int, size: int) -> Tensor:
    """All coalitions of a size, bool, ``[coalition, player]``."""
    places = torch.combinations(torch.arange(n_player), size)
    return torch.zeros(len(places), n_player, dtype=torch.bool).scatter(1, places, value=True)


def some_of_size(n_player: int, size: int, count: int, draw: np.random.Generator) -> Tensor:
    """Different coalitions of a size, bool, ``[count, player]``."""
    found: dict[bytes, None] = {}
    while len(found) < count:
        order = draw.random((2 * count, n_player)).argpartition(size - 1, axis=1)[:, :size]
        members = np.zeros((2 * count, n_player), dtype=bool)
        np.put_along_axis(members, order, values=True, axis=1)
        found |= dict.fromkeys(row.tobytes() for row in members)
    kept = b"".join(list(found)[:count])
    return torch.from_numpy(np.frombuffer(kept, dtype=bool).reshape(count, n_player).copy())


def regressed(values: Tensor, whole: Tensor, coalitions: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Main effects and pairs that come nearest to the scores, and add up to the whole exactly.

    Args:
        values: Scores of the coalitions less that of nobody, ``[…, coalition]``, float64.
        whole: The score of all less that of nobody, ``[…]``.
        coalitions: Who is present, bool, ``[coalition, player]``.
        weights: Of the squared errors, ``[coalition]``.

    Returns:
        ``[…, player]`` and ``[…, pair]``.

    Raises:
        InputError: The coalitions do not tell all numbers that are looked for.

    References:
        Tsai, Yeh and Ravikumar, "Faith-Shap: the faithful Shapley interaction index", JMLR 2023, equation 16, the
        constraint put in by Lagrange's multiplier.
    """
    n_player = coalitions.shape[1]
    first, second = pairs_of(n_player)
    member = coalitions.to(values)
    design = torch.cat([member, member[:, first] * member[:, second]], dim=1)
    told = int(torch.linalg.matrix_rank(design.T @ design + 1, hermitian=True))  # + 1: the sum of all is known
    if told < unknowns(n_player):
        raise InputError(
            f"{len(coalitions) + 2} coalitions tell {told} of the {unknowns(n_player)} numbers that are looked for, of "
            f"{n_player} groups and their pairs; budget must be larger, such as {ENOUGH * unknowns(n_player) + 2}, "
            "which 0 takes"
        )
    sums = design.new_ones(design.shape[1])
    weighted = design * weights.to(values)[:, None]
    inverse = torch.linalg.pinv(design.T @ weighted, hermitian=True)
    free = values @ weighted @ inverse
    along = inverse @ sums
    found = free - ((free.sum(dim=-1) - whole) / along.sum())[..., None] * along
    return found[..., :n_player], found[..., n_player:]
