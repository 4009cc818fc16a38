"""What masks cost: their size, and how far they leave the outputs from those wanted."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from aition.methods.masks.objective import Objective, mean_over, size_of
from aition.methods.masks.replacement import Replacement


@dataclass(frozen=True, eq=False)
class OwnCost:
    """Cost of each series by itself: ``size_weight · size + strain``.

    Args:
        objective: The series, and what their masks are held to.
        replacement: What stands where a mask takes a value away, drawn anew at each step if it is random.
        fixed: Its first draw, ``[sample, time, feature]``.
        size_weight: λ1.
        seed: Of the draws.
    """

    objective: Objective
    replacement: Replacement
    fixed: Tensor
    size_weight: float
    seed: int

    def __call__(self, mask: Tensor, step: int) -> Tensor:
        """Cost at a step, ``[sample]``."""
        value = self.fixed
        if self.replacement.redrawn and step:
            with torch.no_grad():
                value = self.replacement(self.objective.batch, draw=step, seed=self.seed)
        return self.size_weight * self.objective.size(mask) + self.objective.strain(mask, value)

    def take(self, rows: Tensor) -> "OwnCost":
        """The cost of some of the series."""
        return replace(self, objective=self.objective.take(rows), fixed=self.fixed[rows])


@dataclass(frozen=True, eq=False)
class JointCost:
    """Cost of some series of a mini-batch: the mean of ``size_weight · size + replacement_weight · mean|r| + strain``.

    Where the replacement is not learned, the size is that of all series, of the mini-batch or not: so it is in the
    published setting.

    Args:
        pieces: Series by their places, and what their masks are held to.
        cells: Cells that masks can take away, of all series, ``[sample, time, feature]``.
        replacement: What stands where a mask takes a value away.
        learned: Whether it is being learned.
        size_weight: λ1.
        replacement_weight: λ2.
        seed: Of the draws.
    """

    pieces: Mapping[range, Objective]
    cells: Tensor
    replacement: Replacement
    learned: bool
    size_weight: float
    replacement_weight: float
    seed: int

    def __call__(self, mask: Tensor, rows: range, *, share: float, epoch: int) -> Tensor:
        """What some series add to the cost of their mini-batch, one number."""
        objective, part = self.pieces[rows], mask[rows.start : rows.stop]
        value = self.replacement(objective.batch, draw=epoch, seed=self.seed)
        strain = objective.strain(part, value).mean()
        if not self.learned:
            return share * (self.size_weight * size_of(mask, self.cells, objective.game).mean() + strain)
        size = self.size_weight * objective.size(part) + self.replacement_weight * mean_over(
            objective.cells, value.abs()
        )
        return share * (size.mean() + strain)
