"""Shapley interaction indices of second order, exactly, from the scores of all coalitions."""

from math import comb
from typing import Literal, get_args

from torch import Tensor

from aition.core.pairs import pairs_of
from aition.impute.coalitions import everyone

Index = Literal["fsii", "k-sii", "stii"]
INDICES: tuple[Index, ...] = get_args(Index)


def dividends(values: Tensor) -> Tensor:
    """Harsanyi dividends, the Möbius transform of a game: what a coalition counts for beyond all its parts.

    Args:
        values: Scores of all coalitions in the order of :func:`everyone`, ``[…, 2 ** player]``.

    Returns:
        In the same shape and order; the dividends of the parts of a coalition add up to its score.

    References:
        Grabisch and Roubens, "An axiomatic approach to the concept of interaction among players in cooperative games",
        International Journal of Game Theory 1999, section 2.

    >>> import torch
    >>> dividends(torch.tensor([1.0, 3.0, 4.0, 10.0])).tolist()
    [1.0, 2.0, 3.0, 4.0]
    """
    found = values.clone()
    step = 1
    while step < found.shape[-1]:
        halves = found.view(*found.shape[:-1], -1, 2, step)
        halves[..., 1, :] -= halves[..., 0, :]
        step *= 2
    return found


def shares(index: Index, size: int) -> tuple[float, float]:
    """What each member and each pair of a coalition of this size gets of its dividend.

    All members and all pairs together get all of it: every index adds up to the whole.

    >>> [size * alone + size * (size - 1) / 2 * pair for size in (1, 2, 5) for alone, pair in [shares("k-sii", size)]]
    [1.0, 1.0, 1.0]
    """
    if size == 1:
        return 1.0, 0.0
    if index == "k-sii":
        return 1 / size - 1 / 2, 1 / (size - 1)
    if index == "stii" or size == 2:
        return 0.0, 1 / comb(size, 2)
    return -2 / 3 * comb(size - 1, 2) / comb(size + 1, 3), comb(size - 1, 2) / comb(size + 1, 4) / 2


def exact(values: Tensor, index: Index) -> tuple[Tensor, Tensor]:
    """Main effects and interactions of pairs, from the scores of all coalitions.

    Args:
        values: In the order of :func:`everyone`, ``[…, 2 ** player]``.
        index: "k-sii" (the Shapley interaction index, its lower order corrected so that all add up), "stii"
            (Shapley-Taylor) or "fsii" (faithful: the best additive and pairwise approximation).

    Returns:
        ``[…, player]`` and ``[…, pair]``; together they add up to the score of all less that of nobody.

    References:
        Bordt and von Luxburg, "From Shapley values to generalized additive models and back", AISTATS 2023 (k-SII);
        Sundararajan, Dhamdhere and Agarwal, "The Shapley Taylor interaction index", ICML 2020;
        Tsai, Yeh and Ravikumar, "Faith-Shap: the faithful Shapley interaction index", JMLR 2023, theorem 19.

    >>> import torch
    >>> alone, pairs = exact(torch.tensor([1.0, 3.0, 4.0, 10.0]), "stii")
    >>> alone.tolist(), pairs.tolist()
    ([2.0, 3.0], [4.0])
    """
    n_player = values.shape[-1].bit_length() - 1
    member = everyone(n_player)
    size = member.sum(dim=1)
    first, second = pairs_of(n_player)
    share = values.new_tensor([(0.0, 0.0), *(shares(index, count) for count in range(1, n_player + 1))])
    dividend = dividends(values)
    alone = (dividend * share[size, 0]) @ member.to(values)
    pairs = (dividend * share[size, 1]) @ (member[:, first] & member[:, second]).to(values)
    return alone, pairs
