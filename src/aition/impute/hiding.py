"""What is hidden from an imputer while it learns: single cells, stretches of time, and stretches of features."""

import torch
from torch import Tensor

from aition.core.draws import uniform

MOST = 8
"""Stretches that a series is cut into at most."""


def hidden_cells(keys: Tensor, shape: tuple[int, int], *, seed: int, number: int) -> Tensor:
    """Which cells are hidden of each series, ``[series, step, feature]``; another number hides others.

    A third of the series loses each cell by itself, a third stretches of steps with all features, a third stretches of
    steps feature by feature; of each, a share that is uniform between nothing and all.

    Args:
        keys: Of the series, ``[series]``.
        shape: Steps and features.
        seed: Of the choice.
        number: Of the choice.

    >>> hidden = hidden_cells(torch.arange(3000), (6, 2), seed=0, number=0)
    >>> abs(float(hidden.double().mean()) - 0.5) < 0.02
    True
    """
    n_step, n_feature = shape
    device = keys.device
    own = keys[:, None, None]
    step = torch.arange(n_step, device=device)[:, None]
    feature = torch.arange(n_feature, device=device)
    kind, share, cuts = (chance(own, seed, number, part, 0, 0) for part in range(3))
    stretch = (step * (cuts * MOST).long().add(1).clamp(max=n_step) / max(1, n_step)).long()
    by_cell = chance(own, seed, number, 3, step, feature)
    by_step = chance(own, seed, number, 4, stretch, 0)
    by_both = chance(own, seed, number, 5, stretch, feature)
    drawn = torch.where(kind < 1 / 3, by_cell, torch.where(kind < 2 / 3, by_step, by_both))
    return drawn < share


def chance(keys: Tensor, seed: int, number: int, part: int, step: Tensor | int, feature: Tensor | int) -> Tensor:
    """Numbers in (0, 1) of a series, a choice, one part of it, and a cell."""
    places = (torch.as_tensor(one, dtype=torch.int64, device=keys.device) for one in (number, part, step, feature))
    return uniform(keys, seed, *places)
