"""The contrastive term: a replacement is drawn towards those of series that are answered otherwise."""

from typing import Literal

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.draws import words
from aition.core.precision import doubled
from aition.core.question import Question
from aition.models.padding import aligned

Company = Literal["replacements", "series"]
ROUNDS = 20
"""Rounds of two-means at most."""


def answered_alike(question: Question, outputs: Tensor) -> Tensor:
    """A group for each series, int64 ``[sample]``: the class asked for, or wanted most, else one of two clusters.

    Args:
        question: What is asked; where it asks different classes of different series, these are the groups.
        outputs: What was asked for, ``[sample, output]``.
    """
    if question.whole == ("class",):
        return outputs.argmax(dim=1)
    if "class" in question.axes and "class" not in question.whole:
        place = question.index[:, question.axes.index("class")]
        if bool((place != place[0]).any()):
            return place
    return two_means(outputs * question.weight.sqrt())


def two_means(value: Tensor) -> Tensor:
    """Two clusters of ``value [sample, column]``, 0 or 1 each, begun by the direction in which it varies most.

    >>> groups = two_means(torch.tensor([[0.0], [0.1], [5.0], [5.2]]))
    >>> bool((groups[:2] == groups[0]).all()), bool((groups[2:] == groups[2]).all()), bool(groups[0] != groups[2])
    (True, True, True)
    """
    away = doubled(value - value.mean(dim=0))
    along: Tensor = torch.linalg.eigh(away @ away.T).eigenvectors[:, -1]
    group: Tensor = (along > 0).long()
    for _ in range(ROUNDS):
        if not 0 < int(group.sum()) < len(group):
            break
        centres = torch.stack([away[group == one].mean(dim=0) for one in (0, 1)])
        nearer = torch.cdist(away, centres).argmin(dim=1)
        if bool((nearer == group).all()):
            break
        group = nearer
    return group.to(value.device)


def contrast(
    value: Tensor, other: Tensor, batch: Batch, group: Tensor, *, margin: float, company: int, seed: int
) -> Tensor:
    """``max(0, D(others) - D(own) + margin)`` of each series, ``[sample]``, with a gradient to all values.

    ``D`` is the mean distance, cell by cell, from a series' value to the others of some series: of those of the other
    groups, and of those of its own. A series that shares no cell with another of one of the
    two kinds has 0.

    Args:
        value: Replacements, ``[sample, time, feature]``, in units without a dimension.
        other: What they are held against, likewise: replacements, or the series.
        batch: The series.
        group: Of each, ``[sample]``.
        margin: By how much the own group should be farther than the others.
        company: Series of each kind that one is held against at most, drawn by their keys.
        seed: Of that draw.

    References:
        Liu et al., "Explaining time series via contrastive and locally sparse perturbations", ICLR 2024, section 3.1.
    """
    cells = batch.observed.to(value.dtype)
    mine, _ = aligned(value * cells, batch.exists, batch.n_time)
    theirs, _ = aligned(other * cells, batch.exists, batch.n_time)
    there, _ = aligned(cells, batch.exists, batch.n_time)
    own = group[:, None] == group[None]
    itself = torch.eye(len(group), dtype=torch.bool, device=own.device)
    order = words(batch.keys[:, None], seed, batch.keys[None])
    (near, others), (far, alike) = (
        mean_distance(mine, theirs, there, drawn, known)
        for drawn, known in (chosen(~own, order, company), chosen(own & ~itself, order, company))
    )
    return torch.where(others & alike, (near - far + margin).clamp(min=0), 0)


def chosen(allowed: Tensor, order: Tensor, most: int) -> tuple[Tensor, Tensor]:
    """Places of at most so many that are allowed, ``[sample, place]``, in a given order, and which of them are."""
    ranked = torch.where(allowed, order, torch.iinfo(order.dtype).max).argsort(dim=1)[:, :most]
    return ranked, allowed.gather(1, ranked)


def mean_distance(mine: Tensor, theirs: Tensor, there: Tensor, place: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """Mean over series and cells of ``|mine - theirs|``, and whether there is any, ``[sample]`` both.

    Cells that only one of two series has do not count, nor series that share none.
    """
    both = there[:, None] * there[place]
    shared = both.flatten(2).sum(dim=2)
    gap = ((mine[:, None] - theirs[place]).abs() * both).flatten(2).sum(dim=2) / shared.clamp(min=1)
    met = known & (shared > 0)
    return (gap * met).sum(dim=1) / met.sum(dim=1).clamp(min=1), met.any(dim=1)
