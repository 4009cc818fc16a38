"""Faithful Shapley interactions of many players, by weighted regression on some coalitions."""

from math import comb

import torch
from torch import Tensor

from aition.core.pairs import pairs_of
from aition.impute.summing import summing

ENOUGH = 10
"""Coalitions for each number that is looked for: measured in ``benchmarks/bench_interactions.py``."""


def unknowns(n_player: int) -> int:
    """Main effects and pairs."""
    return n_player + comb(n_player, 2)


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
    found = summing(
        values,
        whole,
        design,
        weights,
        of=f"{n_player} groups and their pairs",
        enough=ENOUGH * unknowns(n_player) + 2,
    )
    return found[..., :n_player], found[..., n_player:]
