"""What masks cost: their size, and how far they leave the outputs from those wanted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from aition.methods.masks.objective import Objective
from aition.methods.masks.replacement import Draws, Replacement


@dataclass(frozen=True, eq=False)
class OwnCost:
    """Cost of each series by itself: the mean of its mask, and ``distance / unit``.

    Args:
        objective: The series, and what their masks are held to.
        replacement: What stands where a mask takes a value away.
        draws: Its draws for these series.
        seed: Of the draws.
    """

    objective: Objective
    replacement: Replacement
    draws: Draws
    seed: int

    def __call__(self, mask: Tensor, step: int) -> tuple[Tensor, Tensor]:
        """Sizes and distances at a step, ``[sample]`` both."""
        with torch.no_grad():
            value = self.draws(step)
        return self.objective.size(mask), self.objective.distance(mask, value) / self.objective.unit

    def take(self, rows: Tensor) -> "OwnCost":
        """The cost of some of the series."""
        some = self.objective.take(rows)
        return replace(self, objective=some, draws=self.replacement(some.batch, seed=self.seed))


@dataclass(frozen=True, eq=False)
class JointCost:
    """Cost of a mini-batch: means, over all of its cells and outputs alike, of ``λ1·|m| + λ2·|r|`` and of the errors.

    Where the replacement is not learned, |m| is averaged over all series, of the mini-batch or not, as published.

    Args:
        pieces: Parts of all mini-batches, and what their masks are held to.
        draws: Replacements of each of them.
        weight: Of each of their errors: 1 over the unit of its series, or 0 if it does not count; ``[sample, error]``.
        totals: Cells and counted outputs of each mini-batch, by its first part.
        learned: Whether the replacement is being learned.
        size_weight: λ1.
        replacement_weight: λ2.
    """

    pieces: Mapping[range, Objective]
    draws: Mapping[range, Draws]
    weight: Mapping[range, Tensor]
    totals: Mapping[range, tuple[float, float]]
    learned: bool
    size_weight: float
    replacement_weight: float

    @classmethod
    def of(
        cls,
        pieces: Mapping[range, Objective],
        draws: Mapping[range, Draws],
        batches: Sequence[Sequence[range]],
        *,
        learned: bool,
        size_weight: float,
        replacement_weight: float,
    ) -> "JointCost":
        """The cost of some mini-batches, with all that does not change counted."""
        counted = {rows: one.weight / one.weight.amax(dim=1, keepdim=True) for rows, one in pieces.items()}
        totals = {
            batch[0]: (
                max(1.0, sum(float(pieces[rows].cells.sum()) for rows in batch)),
                sum(float(counted[rows].sum()) for rows in batch),
            )
            for batch in batches
        }
        weight = {rows: counted[rows] / one.unit[:, None] for rows, one in pieces.items()}
        return cls(pieces, draws, weight, totals, learned, size_weight, replacement_weight)

    def __call__(self, mask: Tensor, rows: range, *, batch: Sequence[range], epoch: int) -> Tensor:
        """What one part of a mini-batch adds to its cost."""
        one, value = self.pieces[rows], self.draws[rows](epoch)
        n_cell, n_error = self.totals[batch[0]]
        part = these(mask, rows)
        cost = (self.weight[rows] * one.errors(part, value)).sum() / n_error
        if self.learned:
            terms = self.size_weight * one.sizes_of(part) + self.replacement_weight * value.abs() * one.cells
            return cost + terms.sum() / n_cell
        if rows != batch[0]:
            return cost
        first, *others = (other.sizes_of(these(mask, some)).sum() for some, other in self.pieces.items())
        return cost + sum(others, first) * (self.size_weight / sum(cells for cells, _ in self.totals.values()))


def these(mask: Tensor, rows: range) -> Tensor:
    """The masks of some series; a slice of all would have its gradient copied."""
    return mask if len(rows) == len(mask) else mask[rows.start : rows.stop]
