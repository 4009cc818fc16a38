"""Distances between series."""

import torch
from torch import Tensor

EXACT = "donot_use_mm_for_euclid_dist"
"""Products of matrices would round the distances of equal series to more than 0."""
PIECE = 1024
"""Series whose distances to all real ones are in memory at once."""
SAME = 1e-4
"""Share of the largest distance, below which two series are one."""
LIKELY = 8
"""Real series that may be the nearest by fast distances, whose exact ones are taken."""


def nearest_of(
    series: Tensor, real: Tensor, *, other: bool = False, began: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """The root mean squared distance to the nearest real series, and which that is, ``[series]`` each.

    Fast distances are differences of large squares, in which those of near duplicates are lost; so they only say which
    few are the nearest, and the differences of these are squared.

    Args:
        series: ``[series, step, feature]``.
        real: ``[real, step, feature]``.
        other: Whether series are these real ones themselves, of which none is the nearest to itself.
        began: What each series is a change of, ``[series, step, feature]``: real ones that are the same don't count,
            unless all are.
    """
    flat, found = real.flatten(1), []
    for first in range(0, len(series), PIECE):
        some = series[first : first + PIECE].flatten(1)
        apart = torch.cdist(some, flat) if began is None else torch.cdist(some, flat, compute_mode=EXACT)
        if other:
            apart[:, first:].fill_diagonal_(torch.inf)
        if began is not None:
            own = same_as(began[first : first + PIECE], real)
            apart = torch.where(own & ~own.all(dim=1, keepdim=True), torch.inf, apart)
        likely = apart.topk(min(LIKELY, len(flat)), dim=1, largest=False)
        near = torch.stack([(some - flat[place]).square().mean(dim=1) for place in likely.indices.T], dim=1)
        exact = torch.where(likely.values.isinf(), torch.inf, near).argmin(dim=1)
        found.append(likely.indices.gather(1, exact[:, None])[:, 0])
    nearest = torch.cat(found)
    return (series - real[nearest]).flatten(1).square().mean(dim=1).sqrt(), nearest


def same_as(series: Tensor, real: Tensor) -> Tensor:
    """Which real series are the same, ``[series, real]``.

    Args:
        series: ``[series, step, feature]``.
        real: ``[real, step, feature]``.

    >>> same_as(torch.tensor([[[1.0]], [[5.0]]]), torch.tensor([[[1.0]], [[2.0]], [[1.0]]])).tolist()
    [[True, False, True], [False, False, False]]
    """
    apart = torch.cdist(series.flatten(1), real.flatten(1), compute_mode=EXACT)
    return apart <= SAME * apart.amax(dim=1, keepdim=True)
