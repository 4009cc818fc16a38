"""Distances between series."""

import torch
from torch import Tensor

PIECE = 1024
"""Series whose distances to all real ones are in memory at once."""


def nearest_of(series: Tensor, real: Tensor, *, other: bool = False) -> tuple[Tensor, Tensor]:
    """The root mean squared distance to the nearest real series, and which that is, ``[series]`` each.

    Args:
        series: ``[series, step, feature]``.
        real: ``[real, step, feature]``.
        other: Whether series are these real ones themselves, of which none is the nearest to itself.
    """
    flat, found = real.flatten(1), []
    for first in range(0, len(series), PIECE):
        apart = torch.cdist(series[first : first + PIECE].flatten(1), flat)
        if other:
            apart[:, first:].fill_diagonal_(torch.inf)
        found.append(apart.min(dim=1))
    nearest = torch.cat([one.indices for one in found])
    return torch.cat([one.values for one in found]) / flat.shape[1] ** 0.5, nearest
