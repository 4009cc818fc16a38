"""Drawing: masks of 0 and 1 by their chances, with a gradient, and what they cost."""

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.draws import cell_coordinates, normal, uniform


def drawn_mask(logits: Tensor, batch: Batch, *, warmth: float, seed: int, draw: int) -> Tensor:
    """A mask of 0 and 1, each cell 1 with the chance of its logit; its gradient is that of a softened draw.

    Args:
        logits: Log-odds of each cell, ``[sample, time, feature]``.
        batch: The series.
        warmth: How soft the draw is whose gradient is taken, above 0.
        seed: Of the draws, which hang on the sample, the draw and the cell alone.
        draw: Their number.

    References:
        Jang, Gu and Poole, "Categorical reparameterization with Gumbel-softmax", ICLR 2017: the straight-through draw.
    """
    keys, step, feature = cell_coordinates(batch)
    share = uniform(keys, seed, torch.tensor(draw, device=keys.device), step, feature)
    soft = torch.sigmoid((logits + torch.logit(share).to(logits.dtype)) / warmth)
    hard = (soft > 0.5).to(soft.dtype)
    # In this order what is added is exactly 0.
    return hard + (soft - soft.detach())


def noise_like(batch: Batch, mean: Tensor, scale: Tensor, *, seed: int, draw: int) -> Tensor:
    """Normal numbers by each feature's mean and deviation, ``[sample, time, feature]``, in units of ``x``."""
    keys, step, feature = cell_coordinates(batch)
    # Numbers of draws go down from -1, so that they are not those of masks.
    number = torch.tensor(-1 - draw, device=keys.device)
    return mean + scale * normal(keys, seed, number, step, feature).to(batch.x.dtype)


def size_cost(logits: Tensor, cells: Tensor, share: float) -> Tensor:
    """Divergence of the cells' chances from a share, mean over the observed cells of each series, nats, ``[sample]``.

    Args:
        logits: Log-odds of each cell, ``[sample, time, feature]``.
        cells: 1 where there is a cell to show, else 0; likewise.
        share: The prior r, in (0, 1).

    References:
        Queen et al., NeurIPS 2023, section 4.2.

    >>> cells = torch.ones(1, 1, 1)
    >>> round(size_cost(torch.zeros(1, 1, 1), cells, 0.5).item(), 6), size_cost(cells, cells, 0.1).item() > 0
    (0.0, True)
    """
    chance = torch.sigmoid(logits)
    log_chance, log_other = torch.nn.functional.logsigmoid(logits), torch.nn.functional.logsigmoid(-logits)
    prior = torch.tensor(share, dtype=logits.dtype, device=logits.device)
    nats = chance * (log_chance - prior.log()) + (1 - chance) * (log_other - (1 - prior).log())
    return (nats * cells).flatten(1).sum(dim=1) / cells.flatten(1).sum(dim=1).clamp(min=1)


def change_cost(logits: Tensor, cells: Tensor) -> Tensor:
    """Mean change of a chance from one step to the next, where both cells are there, in [0, 1], ``[sample]``."""
    chance = torch.sigmoid(logits)
    both = cells[:, 1:] * cells[:, :-1]
    change = (chance[:, 1:] - chance[:, :-1]).abs() * both
    return change.flatten(1).sum(dim=1) / both.flatten(1).sum(dim=1).clamp(min=1)
