"""Shapley values: exactly from all coalitions of few players, else by least squares on some."""

from collections.abc import Callable
from math import comb

import torch
from torch import Tensor

from aition.impute.coalitions import drawn, everyone
from aition.impute.summing import summing

Asked = Callable[[Tensor], Tensor]
"""From coalitions, bool ``[coalition, player]``, to scores of all samples, ``[sample, question, coalition]``."""
Solved = Callable[[Asked, int], tuple[Tensor, Tensor, dict[str, Tensor]]]
"""From who is asked and the number of players to what each counts for, ``[sample, question, player]``, the score of
all less that of nobody, ``[sample, question]``, and what else is said of each, ``[sample, question]``."""
EXACT = 10
"""Players up to which all coalitions are asked, unless a budget says otherwise."""
EACH, FURTHER = 10, 200
"""Coalitions asked for each of more players, and beside."""


def spent(n_player: int, budget: int) -> int:
    """Coalitions that are asked of each sample, about: all of few players, else a budget.

    >>> spent(10, 0), spent(11, 0), spent(10, 100), spent(4, 100)
    (1024, 310, 100, 16)
    """
    if is_exact(n_player, budget):
        return int(2**n_player)
    return budget or EACH * n_player + FURTHER


def is_exact(n_player: int, budget: int) -> bool:
    """Whether all coalitions are asked; those of two players always are."""
    return n_player <= EXACT if not budget else 2**n_player <= max(budget, 4)


def shapley(asked: Asked, n_player: int, *, budget: int, seed: int) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
    """Shapley values of players.

    Args:
        asked: The game.
        n_player: One or more.
        budget: Coalitions; 0: all of up to ten players, of more ten for each and two hundred.
        seed: Of the coalitions that are drawn where not all are asked.

    Returns:
        As :data:`Solved` says; nothing else is said.

    Raises:
        InputError: The budget is too small.

    References:
        Shapley, "A value for n-person games", 1953; Lundberg and Lee, NeurIPS 2017, theorem 2; Covert and Lee,
        AISTATS 2021, section 3.3, on complements.
    """
    if is_exact(n_player, budget):
        values = asked(everyone(n_player))
        return values @ shares(n_player).to(values), values[..., -1] - values[..., 0], {}
    coalitions, weights = drawn(n_player, spent(n_player, budget) - 2, seed=seed)
    nobody_and_all = torch.tensor([[False], [True]]).expand(2, n_player)
    values = asked(torch.cat([nobody_and_all, coalitions]))
    nobody, change = values[..., :1], values[..., 1] - values[..., 0]
    found = summing(
        values[..., 2:] - nobody,
        change,
        coalitions.to(values),
        weights,
        of=f"{n_player} groups",
        enough=spent(n_player, 0),
    )
    return found, change, {}


def shares(n_player: int) -> Tensor:
    """How each coalition's score counts in each player's Shapley value, ``[2 ** player, player]``, float64.

    A member of a coalition of s out of d counts it 1 / (d binomial(d - 1, s - 1)) times, who is not a member
    -1 / (d binomial(d - 1, s)) times.

    >>> shares(1).flatten().tolist()
    [-1.0, 1.0]
    """
    member = everyone(n_player)
    size = member.sum(dim=1)
    own = [0.0, *(1 / (n_player * comb(n_player - 1, s - 1)) for s in range(1, n_player + 1))]
    other = [*(-1 / (n_player * comb(n_player - 1, s)) for s in range(n_player)), 0.0]
    of = [torch.tensor(weights, dtype=torch.float64)[size][:, None] for weights in (own, other)]
    return torch.where(member, of[0], of[1])
