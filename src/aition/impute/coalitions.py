"""Coalitions: which players are present, all of them or some drawn by the Shapley kernel."""

from math import comb

import numpy as np
import torch
from torch import Tensor

from aition.core.pairs import pairs_of


def everyone(n_player: int) -> Tensor:
    """All coalitions, bool, ``[2 ** player, player]``: coalition ``c`` holds player ``i`` where bit ``i`` of it is set.

    >>> everyone(2).int().tolist()
    [[0, 0], [1, 0], [0, 1], [1, 1]]
    """
    return (torch.arange(2**n_player)[:, None] >> torch.arange(n_player)) % 2 == 1


def small_coalitions(n_player: int) -> Tensor:
    """Nobody, each player alone and each pair, bool, ``[1 + player + pair, player]``."""
    alone = torch.eye(n_player, dtype=torch.bool)
    first, second = pairs_of(n_player)
    return torch.cat([torch.zeros(1, n_player, dtype=torch.bool), alone, alone[first] | alone[second]])


def drawn(n_player: int, budget: int, *, seed: int) -> tuple[Tensor, Tensor]:
    """Coalitions to ask, and how much each weighs.

    Sizes are taken from the outside inwards, each with its complement: whole where the budget reaches, else some drawn
    without replacement, as many of each size as its weight asks. What a size weighs is the Shapley kernel's.

    Args:
        n_player: Three or more.
        budget: Coalitions beside nobody and all; none are drawn below 1.
        seed: Any integer; the draws hang on it and on the two numbers alone.

    Returns:
        Who is present, bool, ``[coalition, player]``, and weights, ``[coalition]``, float64; nobody and all, which
        weigh infinitely, are not among them.

    References:
        Covert and Lee, "Improving KernelSHAP: practical Shapley value estimation using linear regression", AISTATS
        2021, section 3; Tsai, Yeh and Ravikumar, "Faith-Shap", JMLR 2023, equation 17.
    """
    draw = generator_of(seed, n_player, max(0, budget))
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


def generator_of(seed: int, *numbers: int) -> np.random.Generator:
    """What draws, of a seed, which is any integer, and of numbers from 0 on.

    >>> [bool(generator_of(seed, 3).random() == generator_of(1, 3).random()) for seed in (1, -1)]
    [True, False]
    """
    return np.random.default_rng([seed % 2**64, *numbers])


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


def kernel_coalitions(there: Tensor, noise: Tensor) -> Tensor:
    """Coalitions drawn from the Shapley kernel, each followed by its complement, bool ``[sample, draw, group]``.

    A coalition of ``s`` out of ``d`` groups has a probability in proportion to ``1 / (binomial(d, s) s (d - s))``; one
    of no group, or of all, is never drawn, unless there are fewer than two groups.

    Args:
        there: Which groups a sample has, ``[sample, group]``.
        noise: Uniform in (0, 1), ``[sample, half of the draws, 1 + group]``.

    References:
        Lundberg and Lee, "A unified approach to interpreting model predictions", NeurIPS 2017, theorem 2. Covert and
        Lee, "Improving KernelSHAP: practical Shapley value estimation using linear regression", AISTATS 2021, section
        3.3: complements.

    >>> kernel_coalitions(torch.ones(1, 3, dtype=torch.bool), torch.tensor([[[0.2, 0.9, 0.1, 0.5]]])).int().tolist()
    [[[0, 1, 0], [1, 0, 1]]]
    """
    count = there.sum(dim=1, keepdim=True)
    size = torch.arange(1, max(2, there.shape[1]), device=there.device)
    weight = torch.where(size < count, 1.0 / (size * (count - size)), 0.0).to(noise.dtype)
    upto = weight.cumsum(dim=1) / weight.sum(dim=1, keepdim=True).clamp(min=torch.finfo(noise.dtype).tiny)
    # Rounded sums may end below 1, and noise above them.
    wanted = (1 + (upto[:, None] < noise[:, :, :1]).sum(dim=2, keepdim=True)).minimum((count - 1).clamp(min=1)[:, None])
    place = noise[:, :, 1:].masked_fill(~there[:, None], torch.inf).argsort(dim=2).argsort(dim=2)
    first = (place < wanted) & there[:, None]
    return torch.stack([first, ~first & there[:, None]], dim=2).flatten(1, 2)
