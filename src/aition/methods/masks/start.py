"""Where masks begin: even, or by the rank of the gradient."""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from aition.core.errors import InputError
from aition.methods.masks.objective import Objective


class Start(Protocol):
    """First masks; each series' mask is its own, whatever comes with it."""

    def __call__(self, objective: Objective, replacement: Tensor) -> Tensor:
        """Masks in [0, 1], ``[sample, time, feature]``, without a gradient."""


@dataclass(frozen=True)
class Even:
    """The same value in every cell.

    Args:
        value: In [0, 1].
    """

    value: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.value <= 1:
            raise InputError(f"value must be in [0, 1], but is {self.value}")

    def __call__(self, objective: Objective, replacement: Tensor) -> Tensor:
        return torch.full_like(objective.batch.x, self.value, dtype=fine(objective.batch.x.dtype))


@dataclass(frozen=True)
class GradientRank:
    """Each cell by the rank of its gradient among those of its series, from 0 to 1; equal gradients share a rank.

    The gradient is that of the squared distance to the outputs with everything taken away, so outputs do not cancel
    each other.

    References:
        Uendes et al., "StartGrad", ICLR 2025: a mask that begins as the quantiles of a gradient's absolute value.
    """

    def __call__(self, objective: Objective, replacement: Tensor) -> Tensor:
        question, batch = objective.question, objective.batch
        with torch.no_grad():
            away = question.select(objective.model(batch.with_x(torch.where(batch.observed, replacement, batch.x))))
        with torch.enable_grad():
            x = batch.x.detach().requires_grad_()
            outputs = question.select(objective.model(batch.with_x(x)))
            (gradient,) = torch.autograd.grad((question.weight * (outputs - away) ** 2).sum(), x)
        return ranked(gradient.abs().to(fine(gradient.dtype)), batch.observed)


def fine(dtype: torch.dtype) -> torch.dtype:
    """A dtype in which small steps of a mask are not lost."""
    return torch.promote_types(dtype, torch.float32)


def ranked(value: Tensor, cells: Tensor) -> Tensor:
    """Rank of each cell among the cells of its series, from 0 to 1; ties share their mean rank, other cells are 0.

    >>> value, cells = torch.tensor([[[3.0], [1.0], [1.0], [9.0]]]), torch.tensor([[[True], [True], [True], [False]]])
    >>> ranked(value, cells).flatten()
    tensor([1.0000, 0.2500, 0.2500, 0.0000])
    """
    flat, counted = value.flatten(1), cells.flatten(1)
    lines = torch.where(counted, flat, torch.inf)
    order = lines.sort(dim=1).values
    below = torch.searchsorted(order, lines)
    through = torch.searchsorted(order, lines, side="right")
    rank = (below + through - 1).to(value.dtype) / 2
    share = rank / (counted.sum(dim=1, keepdim=True) - 1).clamp(min=1)
    return torch.where(counted, share, 0).reshape(value.shape)
